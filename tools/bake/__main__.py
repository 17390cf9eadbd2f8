"""`python -m tools.bake`: makes presenters. Thin: each command is a function of another module."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from . import recipe


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.bake", description="Make presenters from recipes.")
    commands = parser.add_subparsers(dest="command", required=True)

    new = commands.add_parser("new", help="bake a presenter pack; a run that was stopped continues")
    _add_recipe(new)
    new.add_argument("-o", "--out", type=Path, required=True, help="the pack to write, NAME.presenter")
    new.add_argument("--preview", action="store_true", help="full size, few samples")
    new.add_argument("--work", type=Path, default=Path("build/bake"), help="folder for rendered layers")
    new.set_defaults(run=_new)

    look = commands.add_parser("look", help="one small picture, to judge a recipe by")
    _add_recipe(look)
    look.add_argument("-o", "--out", type=Path, required=True, help="the PNG to write")
    look.add_argument("--part", choices=("figure", "head", "face", "eyes", "mouth"), default="figure")
    look.add_argument("--quick", action="store_true", help="no scattering, no relief: shapes only")
    look.add_argument("--expression", default="neutral", help="a key of expressions.KEYS, or name=weight,name=weight")
    look.add_argument("--background", default="205,212,220", help="red,green,blue")
    look.add_argument("--threads", type=int, default=1)
    look.add_argument("--samples", type=int, help="per pixel; by default what suits the part")
    look.add_argument("--yaw", type=float, default=0.0, help="degrees that the face is seen turned")
    look.add_argument("--light", default="studio", help="studio, window, opposite, above or overcast")
    look.add_argument("--scale", type=float, help="of the picture; by default what suits the part")
    look.set_defaults(run=_look)

    check = commands.add_parser("check", help="read recipes and compare the faces; without a name, the whole cast")
    check.add_argument("recipes", nargs="*", help="ids of the cast or TOML files")
    check.set_defaults(run=_check)
    return parser


def _add_recipe(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--from", dest="recipe", required=True, help="a TOML file, or the id of a presenter of the cast"
    )


def _new(arguments: argparse.Namespace) -> int:
    from . import layers, presenter

    quality = layers.PREVIEW if arguments.preview else layers.FINAL
    presenter.bake(recipe.load(arguments.recipe), arguments.out, quality, arguments.work)
    return 0


def _look(arguments: argparse.Namespace) -> int:
    chosen = recipe.load(arguments.recipe)
    from . import look

    background = tuple(int(v) for v in arguments.background.split(","))
    look.look(
        chosen, arguments.out, arguments.part, arguments.expression, background, arguments.quick, arguments.samples,
        arguments.threads, arguments.yaw, arguments.light, arguments.scale,
    )  # fmt: skip
    return 0


def _check(arguments: argparse.Namespace) -> int:
    from . import compare

    return compare.report([recipe.load(name) for name in arguments.recipes or recipe.cast()])


def main() -> int:
    """The command. Returns the exit status: 2 for a wrong recipe."""
    arguments = _parser().parse_args()
    try:
        return arguments.run(arguments)
    except (recipe.RecipeError, FileNotFoundError) as error:
        print(f"tools.bake: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
