"""Reading a diary back on the web: the contents, one entry, its history; and who may not."""

import hashlib
import io
import re

import pytest

from portfolio.domain import access, diary, feedback, importing, programme
from portfolio.domain.diary import photographs
from portfolio.domain.exchange import ImportBundle, ImportedEntry
from tests.conftest import NOW
from tests.web.conftest import JSON, text
from tests.web.diary_forms import blank, page_of, picture

# Reading back


def test_the_diary_shows_entries_by_stage_and_month(mei, kept):
    kept("Newest.", title="Today")
    kept(
        "Older.",
        title="First ward",
        entry_date=NOW.date().replace(year=2021, month=8, day=3),
        audiences=("mentor",),
    )
    page = mei.get("/diary")
    words = text(page)
    assert "2 entries in 14 months." in words
    assert "weeks" not in words  # nothing is counted that can be broken off
    assert words.index("Newly qualified doctor July 2022, still being written") < words.index(
        "Intern July 2021 to June 2022"
    )
    assert "August 2021 1 entry 3 Tue First ward Older. your mentor" in words
    assert page.get_data(as_text=True).count('class="line"') == 2


def test_the_months_are_a_figure_and_an_equal_table(mei, kept):
    kept()
    html = mei.get("/diary").get_data(as_text=True)
    assert '<div class="wide-figure"><svg' in html
    assert (
        'href="/diary?month=2022-09">September 2022</a></th><td class="n">III Newly qualified doctor</td>'
        in html
    )


def test_filters_narrow_the_diary_down_and_can_be_combined(mei, people, kept):
    kept("A calm night.", title="Calm", tags=("night",))
    kept("A loud night.", title="Loud", tags=("night",), entry_date=NOW.date().replace(year=2021))
    kept("下夜班，喝粥。", title="粥")
    for query, found in {
        "tag=night": {"Calm", "Loud"},
        "month=2022-09": {"Calm", "粥"},
        f"stage={people.stages['Intern']}": {"Loud"},
        "q=loud": {"Loud"},
        "q=夜班": {"粥"},
        "tag=night&month=2022-09": {"Calm"},
        "q=night&tag=night": {"Calm", "Loud"},
        "page=-3&stage=": {"Calm", "Loud", "粥"},
    }.items():
        page = mei.get(f"/diary?{query}")
        assert page.status_code == 200
        titles = set(re.findall(r'<h3 lang="[^"]+"><a href="[^"]+">([^<]+)</a>', page.get_data(as_text=True)))
        assert titles == found, query
    assert "Nothing found" in text(mei.get("/diary?q=zeppelin"))


def test_the_calendar_links_the_days_that_were_written(mei, kept):
    entry_id = kept(entry_date=NOW.date().replace(day=5))
    html = mei.get("/diary").get_data(as_text=True)
    assert f'<a href="/entries/{entry_id}" aria-label="5 September, written">5</a>' in html
    assert '<td aria-current="date">14</td>' in html


def bring(person, day, *, stage):
    """A Markdown file with a stage that nobody here knows."""
    body = "Away."
    digest = hashlib.sha256(body.encode()).hexdigest()
    brought = ImportedEntry("far.md", "far.md", day, "Far", body, digest, stage_name=stage)
    importing.import_bundle(person, ImportBundle("markdown", "far", (brought,)), now=NOW)


def test_stages_that_came_with_an_import_are_known_where_one_reads_and_writes(mei, people, kept):
    bring(people.mei, NOW.date().replace(month=8, day=3), stage="Far stage")
    kept("Here again.", title="Here")
    page = mei.get("/diary")
    words, html = text(page), page.get_data(as_text=True)
    far = next(s for s in diary.timeline(people.mei, now=NOW).stages if s.name == "Far stage")
    assert f'<a class="chip" href="/diary?stage={far.public_id}"' in html
    assert 'href="/diary?month=2022-08">August 2022</a></th><td class="n">IV Far stage</td>' in html
    assert re.search(
        "Newly qualified doctor July 2022, .*Here again.*Far stage August 2022 1 entry 3 Wed Far", words
    )
    assert '<td data-stage="4"><a' in mei.get("/diary?month=2022-08").get_data(as_text=True)
    assert re.search("Far stage August 2022 3 Wed Far", text(mei.get(f"/diary?stage={far.public_id}")))
    page = mei.get("/write")
    assert "Newly qualified doctor, by its day" in text(page)  # the day is the programme's
    mei.send("/write", blank(body="Away once more.", stage=far.public_id, do="keep"))
    assert diary.timeline(people.mei, now=NOW).entries[0].stage == far


def test_a_stage_in_which_nothing_of_ones_own_lies_is_not_offered(mei, people):
    bring(people.jun, NOW.date(), stage="Far stage")
    (entry,) = diary.timeline(people.jun, now=NOW).entries
    assert "Far stage" not in text(mei.get("/write"))
    refused = mei.send("/write", blank(body="Not mine.", stage=entry.stage.public_id, do="keep"))
    assert "This stage is not one of your programme" in text(refused)


def test_prompts_and_meetings_stand_between_the_entries(mei, people, kept):
    day = NOW.date()
    kept("Before.", entry_date=day.replace(day=1))
    programme.set_prompt(
        people.lin, people.cohort_id, "What did you hear?", starts_on=day.replace(day=3), now=NOW
    )
    programme.record_meeting(people.zhou, people.cohort_id, "On silence", held_on=day.replace(day=7), now=NOW)
    words = text(mei.get("/diary"))
    assert words.index("The cohort met on 7 September: On silence") < words.index(
        "A prompt from Dr Lin: What did you hear?"
    )
    assert "On silence" not in text(mei.get("/diary?month=2022-09"))


def test_a_year_ago_is_remembered(mei, kept):
    kept("Just the intern.", entry_date=NOW.date().replace(year=2021, day=15))
    for path in ("/diary", "/write"):
        assert "A year ago this week" in text(mei.get(path))
        assert "Just the intern." in text(mei.get(path))


def test_a_long_diary_has_pages(mei, kept):
    for day in range(1, 15):
        for _ in range(3):
            kept(f"On the {day}th.", entry_date=NOW.date().replace(day=day))
    assert 'rel="next" href="/diary?page=2"' in mei.get("/diary").get_data(as_text=True)
    second = mei.get("/diary?page=2").get_data(as_text=True)
    assert second.count('class="line"') == 2
    assert 'rel="prev" href="/diary"' in second
    assert mei.get("/diary?page=99").get_data(as_text=True).count('class="line"') == 2


def test_what_lies_between_two_pages_stands_on_one_of_them(mei, people, kept):
    for day in (*range(1, 12), *range(18, 20)):
        for number in range(3 if day < 18 else 20):
            kept(f"On the {day}th, {number}.", entry_date=NOW.date().replace(month=8, day=day))
    august = NOW.date().replace(month=8)
    for day in (8, 11, 15, 17, 18, 25):
        asked = f"Asked on the {day}th?"
        programme.set_prompt(people.lin, people.cohort_id, asked, starts_on=august.replace(day=day), now=NOW)
        met = f"Met on the {day}th"
        programme.record_meeting(people.zhou, people.cohort_id, met, held_on=august.replace(day=day), now=NOW)
    first, second = text(mei.get("/diary")), text(mei.get("/diary?page=2"))
    for day in (18, 25):
        assert f"Asked on the {day}th?" in first and f"Met on the {day}th" in first
        assert f"Asked on the {day}th?" not in second and f"Met on the {day}th" not in second
    for day in (8, 11, 15, 17):
        assert f"Asked on the {day}th?" in second and f"Met on the {day}th" in second
        assert f"Asked on the {day}th?" not in first and f"Met on the {day}th" not in first


def test_an_empty_diary_invites_to_write(mei):
    page = mei.get("/diary")
    assert "The first page is blank" in text(page)
    assert '<a class="button primary" href="/write">' in page.get_data(as_text=True)


def test_the_diary_of_others_is_not_in_it(mei, people, kept):
    kept("Jun's night.", by=people.jun, audiences=("cohort",))
    assert "Jun's night." not in text(mei.get("/diary?q=night"))


# One entry


def test_an_entry_shows_its_comments_beside_their_passages(mei, people, kept):
    entry_id = kept("He asked. I sat down first.", audiences=("mentor",))
    for quoted in ("I sat down first", "something never said"):
        feedback.comment_on(people.lin, entry_id, f"On {quoted}.", revision_number=1, quoted=quoted, now=NOW)
    html = mei.get(f"/entries/{entry_id}").get_data(as_text=True)
    assert '<mark class="passage" id="p1" data-note="1">I sat down first' in html
    assert 'class="comment" id="c1" data-note="1"' in html
    assert 'class="comment gone" id="c2" data-note="2"' in html
    assert "You have rewritten this passage since." in html


def test_notes_are_numbered_in_the_order_of_the_text(mei, people, kept):
    entry_id = kept("First came the nurse. Then came the doctor.", audiences=("mentor",))
    for quoted in ("the doctor", "the nurse"):
        feedback.comment_on(
            people.lin, entry_id, f"Who is {quoted}?", revision_number=1, quoted=quoted, now=NOW
        )
    words = text(mei.get(f"/entries/{entry_id}"))
    assert words.index("Who is the nurse?") < words.index("Who is the doctor?")


def test_the_owner_is_told_who_read_an_earlier_version(mei, people, kept, clock):
    entry_id = kept("I waited.", audiences=("mentor",))
    feedback.comment_on(people.lin, entry_id, "For what?", revision_number=1, now=NOW)
    clock.forward(days=1)
    mei.send(
        f"/entries/{entry_id}/edit", blank(body="I waited, then began.", version="1", audiences="mentor")
    )
    page = mei.get(f"/entries/{entry_id}")
    assert (
        "Dr Lin read the version of 14 September 2022. You have changed it since. See what changed"
        in text(page)
    )
    assert "On the version of 14 September 2022. See what changed" in text(page)
    changed = mei.get(f"/entries/{entry_id}/changes/1")
    assert "<ins>, then began</ins>" in changed.get_data(as_text=True)


def test_of_versions_of_one_day_the_time_is_told(mei, people, kept, clock):
    entry_id = kept("I waited.", audiences=("mentor",))
    feedback.comment_on(people.lin, entry_id, "For what?", revision_number=1, now=NOW)
    clock.forward(minutes=20)
    mei.send(f"/entries/{entry_id}/edit", blank(body="I began.", version="1", audiences="mentor"))
    page = text(mei.get(f"/entries/{entry_id}"))
    assert "Dr Lin read the version of 14 September 2022, 20:00. You have changed it since." in page
    assert "On the version of 14 September 2022, 20:00. See what changed" in page


def test_readers_can_be_changed_at_once(mei, lin, kept):
    entry_id = kept()
    assert lin.get(f"/entries/{entry_id}").status_code == 404
    mei.send(f"/entries/{entry_id}/readers", {"audiences": ["mentor", "faculty"]})
    assert lin.get(f"/entries/{entry_id}").status_code == 200
    page = mei.get(mei.send(f"/entries/{entry_id}/readers", {"withdraw": "mentor"}).location)
    assert "Dr Lin can no longer read this." in text(page)
    assert "Professor Zhou of the faculty" in text(page)
    assert lin.get(f"/entries/{entry_id}").status_code == 404


def test_a_draft_cannot_be_shared(mei, kept):
    assert mei.send(f"/entries/{kept(as_draft=True)}/readers", {"audiences": "mentor"}).status_code == 422


def test_a_threshold_is_marked_on_the_page_and_taken_off(mei, people, kept):
    entry_id = kept()
    refused = mei.send(f"/entries/{entry_id}/threshold", {"before": "asked"})
    assert refused.status_code == 422
    assert "Say what changed" in text(refused)
    assert "asked" in text(refused)
    first = 'value="knowing" aria-invalid="true" aria-describedby="f-kinds-error" autofocus'
    assert first in refused.get_data(as_text=True)
    mei.send(f"/entries/{entry_id}/threshold", {"kinds": "knowing", "after": "know"})
    assert "You marked this as a threshold" in text(mei.get(f"/entries/{entry_id}"))
    mei.send(f"/entries/{entry_id}/threshold", {"do": "unmark"})
    assert page_of(people.mei, entry_id).entry.threshold is None


def test_an_entry_is_deleted_with_undo(mei, lin, kept):
    entry_id = kept("Gone?", title="A day", audiences=("mentor",))
    page = mei.get(mei.send(f"/entries/{entry_id}/delete").location)
    assert "Deleted. It can be brought back for 30 days." in text(page)
    assert f'action="/entries/{entry_id}/restore"' in page.get_data(as_text=True)
    assert mei.get(f"/entries/{entry_id}").status_code == 404
    assert "A day" in text(mei.get("/diary/deleted"))
    assert "Nothing is deleted" not in text(mei.get("/diary/deleted"))
    assert mei.get(mei.send(f"/entries/{entry_id}/restore").location).status_code == 200
    assert lin.get(f"/entries/{entry_id}").status_code == 200
    assert "Nothing is deleted" in text(mei.get("/diary/deleted"))


def test_the_history_tells_every_version(mei, kept, clock):
    entry_id = kept("One two.")
    clock.forward(hours=1)
    mei.send(f"/entries/{entry_id}/edit", blank(body="One two three.", version="1"))
    words = text(mei.get(f"/entries/{entry_id}/history"))
    assert "14 September 2022, 21:00 Version 2 · 3 words · as it is now Whole text What it changed" in words
    assert "14 September 2022, 20:00 Version 1 · 2 words" in words
    assert "three" in text(mei.get(f"/entries/{entry_id}/changes/1/2"))
    assert mei.get(f"/entries/{entry_id}/changes/7").status_code == 404


def test_an_old_version_is_read_whole_with_a_way_back(mei, lin, people, kept, clock):
    entry_id = kept("One two.", audiences=("mentor",))
    clock.forward(hours=1)
    mei.send(f"/entries/{entry_id}/edit", blank(body="One two three.", version="1", audiences="mentor"))
    changes, old = f"/entries/{entry_id}/changes/1/2", f"/entries/{entry_id}/versions/1"
    assert f'href="/entries/{entry_id}/versions/2?since=1"' in mei.get(changes).get_data(as_text=True)
    assert f'href="{old}"' in mei.get(f"/entries/{entry_id}/history").get_data(as_text=True)
    page = mei.get(old)
    assert "One two." in text(page)
    assert "three" not in text(page)
    assert f'href="/entries/{entry_id}/history"' in page.get_data(as_text=True)
    whole = mei.get(f"/entries/{entry_id}/versions/2?since=1")
    assert "One two three." in text(whole)
    assert f'href="/entries/{entry_id}/changes/1"' in whole.get_data(as_text=True)
    assert mei.get(f"/entries/{entry_id}/versions/3").status_code == 404
    # A reader has the version that they read, and no other
    assert lin.get(f"/entries/{entry_id}/versions/2").status_code == 200
    assert lin.get(old).status_code == 404
    feedback.mark_read(people.lin, entry_id, 1, now=clock())
    page = lin.get(old)
    assert page.status_code == 200
    assert "/history" not in page.get_data(as_text=True)


def test_an_entry_leads_to_its_neighbours(mei, kept):
    first, second, third = (kept(f"Day {d}.", entry_date=NOW.date().replace(day=d)) for d in (1, 2, 3))
    html = mei.get(f"/entries/{second}").get_data(as_text=True)
    assert f'rel="prev" href="/entries/{first}"' in html
    assert f'rel="next" href="/entries/{third}"' in html


def test_chinese_passages_say_their_language(mei, kept):
    html = mei.get(f"/entries/{kept('下夜班，喝粥。', title='粥')}").get_data(as_text=True)
    assert '<h1 class="entry-title" lang="zh-CN">' in html
    assert '<div class="prose body" lang="zh-CN"' in html


# Everybody else


OWNERS_ALONE = [
    ("GET", "/entries/{}/edit"), ("POST", "/entries/{}/edit"), ("GET", "/entries/{}/history"),
    ("POST", "/entries/{}/readers"), ("POST", "/entries/{}/threshold"), ("POST", "/entries/{}/delete"),
    ("POST", "/entries/{}/restore"), ("POST", "/entries/{}/photographs"), ("POST", "/photographs/{photo}/remove"),
]  # fmt: skip


@pytest.mark.parametrize("who", ["lin", "tan", "zhou", "jun", "root", "stranger"])
def test_what_the_owner_does_with_an_entry_nobody_else_can(people, browser_of, kept, who):
    entry_id = kept(audiences=("mentor", "peer_mentor", "faculty", "cohort"))
    photo = photographs.add_photograph(people.mei, entry_id, picture(), now=NOW).public_id
    browser = browser_of(getattr(people, who))
    for method, path in OWNERS_ALONE:
        form = blank(body="Taken over.", version="1", kinds="being", audiences="cohort")
        form |= {"photographs": (io.BytesIO(picture()), "x.jpg")}
        address = path.format(entry_id, photo=photo)
        answer = browser.get(address) if method == "GET" else browser.send(address, form)
        assert answer.status_code == 404, address
    entry = page_of(people.mei, entry_id).entry
    assert (entry.body, len(entry.photographs), entry.threshold) == ("The ward was quiet.", 1, None)
    assert len(entry.audiences) == 4


@pytest.mark.parametrize(
    ("audience", "reads"),
    [
        ("mentor", {"lin"}),
        ("peer_mentor", {"tan"}),
        ("faculty", {"zhou"}),
        ("cohort", {"lin", "tan", "zhou", "jun", "osei"}),
    ],
)
def test_an_entry_is_there_for_those_it_was_granted_to(people, browser_of, kept, audience, reads):
    entry_id = kept(audiences=(audience,))
    for who in ("lin", "osei", "tan", "zhou", "jun", "root", "stranger"):
        expected = 200 if who in reads else 404
        assert browser_of(getattr(people, who)).get(f"/entries/{entry_id}").status_code == expected, who


def test_nothing_shows_that_an_entry_exists(people, browser_of, kept):
    stranger = browser_of(people.stranger)
    there, nowhere = stranger.get(f"/entries/{kept()}"), stranger.get("/entries/nosuchentry")
    assert (there.status_code, text(there)) == (nowhere.status_code, text(nowhere))


@pytest.mark.parametrize(
    "path", ["/write", "/diary", "/diary/deleted", "/entries/x", "/entries/x/edit", "/photographs/x"]
)
def test_who_is_signed_out_signs_in_first(client, people, path):
    answer = client.get(path)
    assert answer.status_code == 302
    assert answer.location.startswith("/sign-in?next=")
    assert client.get(path, headers=JSON).status_code == 401


@pytest.mark.parametrize(
    ("method", "path"),
    [("delete", "/write"), ("get", "/preview"), ("post", "/diary"), ("get", "/entries/x/delete"), ("get", "/entries/x/readers"),
     ("put", "/entries/x"), ("get", "/entries/x/photographs"), ("post", "/photographs/x")],
)  # fmt: skip
def test_wrong_methods_are_named(mei, method, path):
    options = {} if method == "get" else {"data": {"csrf_token": mei.token()}}
    assert getattr(mei, method)(path, **options).status_code == 405


@pytest.mark.parametrize(
    "path",
    ["/entries/nosuch", "/entries/nosuch/edit", "/entries/nosuch/history", "/entries/nosuch/changes/1"],
)
def test_what_is_missing_is_not_found(mei, path):
    assert mei.get(path).status_code == 404


def test_an_ended_match_ends_reading(mei, lin, people, kept):
    entry_id = kept(audiences=("mentor",))
    (match,) = (m for m in programme.matches(people.lin) if m.mentee_id == people.mei.public_id)
    programme.end_match(people.mei, match.public_id, now=NOW)
    assert lin.get(f"/entries/{entry_id}").status_code == 404
    assert access.readers(people.mei.user_id, now=NOW)["mentor"].names == ()
    assert "Your mentor nobody yet" in text(mei.get(f"/entries/{entry_id}"))


def test_the_pages_speak_chinese(people, browser_of, kept):
    entry_id = kept("下夜班。", by=people.jun, title="粥")
    jun = browser_of(people.jun)
    assert "14 星期三 2022年9月" in text(jun.get("/write"))
    assert "14 星期三 2022年9月" in text(jun.get(f"/entries/{entry_id}"))
    assert 'lang="zh-CN"' in jun.get("/diary").get_data(as_text=True)


@pytest.mark.parametrize("month", ["2099-99", "nonsense", "0000-01", "２０２２-09x"])
def test_a_month_that_is_none_is_said_to_be(mei, kept, month):
    kept()
    answer = mei.get("/diary", query_string={"month": month})
    assert (answer.status_code, "There is no such month." in text(answer)) == (404, True)
    assert mei.get("/diary?month=2099-12").status_code == 200


def test_tags_beyond_the_first_are_one_press_away(mei, kept):
    for number in range(13):
        kept(f"No. {number}", tags=("night", f"tag-{number:02d}"))
    page = mei.get("/diary")
    assert "2 more tags tag-11 tag-12" in text(page)
    assert '<details class="more-tags">' in page.get_data(as_text=True)
    chosen = mei.get("/diary?tag=tag-12").get_data(as_text=True)
    assert '<details class="more-tags" open>' in chosen


def test_what_is_not_there_is_said_once(mei):
    page = text(mei.get("/entries/nosuch"))
    assert page.count("There is nothing here for you") == 2  # the title and the heading
    assert "The address may be wrong, or the page is not for you." in page
