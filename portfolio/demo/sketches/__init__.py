"""Pictures in the demonstration's diaries: what their writers drew, or saw drawn. Made when it is loaded."""

from collections.abc import Callable

from portfolio.demo.sketches.board import whiteboard
from portfolio.demo.sketches.desk import desk
from portfolio.demo.sketches.papers import cardiogram, childs_drawing, heart_sounds
from portfolio.demo.sketches.rooms import bench, corridor
from portfolio.demo.sketches.window import plane_tree

# By the name that the front matter of a diary uses; each gives a JPEG
SKETCHES: dict[str, Callable[[], bytes]] = {
    "bench": bench,
    "cardiogram": cardiogram,
    "child's drawing": childs_drawing,
    "corridor": corridor,
    "desk": desk,
    "heart sounds": heart_sounds,
    "plane tree": plane_tree,
    "whiteboard": whiteboard,
}
