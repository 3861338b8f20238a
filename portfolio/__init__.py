"""A diary of becoming: dated reflections, feedback from mentors, and the book that they grow into."""

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flask import Flask

    from portfolio.config import Settings

__version__ = "0.1.0"


def create_app(settings: "Settings | None" = None, **overrides: Any) -> "Flask":
    """The web application of one site; `overrides` go into Flask's configuration (`TESTING=True`, `CLOCK=…`).

    Opens the database of the settings but does not migrate it. Raises `config.SettingsError`.
    """
    # Here, because the shell and the domain start in half the time without Flask
    from flask import Flask

    from portfolio import config
    from portfolio.store import database, files
    from portfolio.web import (
        accounts,
        assets,
        diary,
        errors,
        feedback,
        i18n,
        portfolios,
        programme,
        security,
        shell,
    )

    settings = settings or config.load()
    app = Flask(__name__, static_folder=None, template_folder=str(_folder("templates")))
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.config["SETTINGS"] = settings
    app.config["CLOCK"] = lambda: dt.datetime.now(dt.UTC)
    security.configure(app, settings, config.secret_key(settings.instance))
    app.config.update(overrides)

    database.open_database(settings.database_url)
    files.use_folder(settings.instance / "files")
    security.register(app)
    errors.register(app)
    i18n.register(app, settings.language)
    assets.register(app, _folder("static"))
    shell.register(app, settings.site_name)
    for area in (accounts, programme, diary, feedback, portfolios, portfolios.shared):
        app.register_blueprint(area.bp)
    return app


def _folder(name: str) -> Path:
    """`templates` or `static`: inside the package once installed, beside it in a checkout."""
    inside = Path(__file__).parent / name
    return inside if inside.is_dir() else Path(__file__).parent.parent / name
