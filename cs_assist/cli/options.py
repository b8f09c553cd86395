"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Source = Annotated[Path | None, typer.Argument(help="File with JSON Lines; standard input by default.", show_default=False)]
Index = Annotated[Path, typer.Option("--index", help="Folder of a knowledge index (cs-assist kb build).")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON Lines also where a terminal is attached.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]
