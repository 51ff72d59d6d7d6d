"""Reports on quality as PDF."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fpdf import FPDF
from fpdf.enums import TableBordersLayout
from fpdf.fonts import FontFace

import crowd
from crowd.services.quality_cells import NONE
from crowd.services.quality_tables import Table, tables_of

#: They come with what the console's pages load.
FONTS = Path(crowd.__file__).parent / "web" / "static" / "vendor"
INK, SOFT, LINE = (34, 35, 45), (89, 91, 108), (220, 221, 229)


def pdf_of(content: Mapping[str, Any], number: int) -> bytes:
    """Print a report on A4."""
    page = _Page(f"{content['project']['name']}: quality report {number}")
    for table in tables_of(content):
        page.section(table)
    return bytes(page.output())


class _Page(FPDF):
    def __init__(self, title: str) -> None:
        super().__init__(format="A4")
        self._name = self._font()
        self.set_title(title)
        self.set_lang("en")
        self.set_margin(18)
        self.set_auto_page_break(True, 18)
        self.alias_nb_pages()
        self.set_draw_color(*LINE)
        self.add_page()
        self._say(title, 16, bold=True)

    def footer(self) -> None:
        """Number the pages."""
        self.set_y(-13)
        self.set_font(self._name, "", 8)
        self.set_text_color(*SOFT)
        self.cell(0, 5, f"{self.page_no()} / {{nb}}", align="R")

    def section(self, table: Table) -> None:
        """Set a table under its title, with how to read it."""
        if self.will_page_break(30):
            self.add_page()
        self.ln(4)
        self._say(table.title, 11, bold=True)
        if table.note:
            self._say(table.note, 8, color=SOFT)
        self.set_font(self._name, "", 9)
        self.set_text_color(*INK)
        with self.table(
            borders_layout=TableBordersLayout.HORIZONTAL_LINES,
            headings_style=FontFace(emphasis="BOLD", color=SOFT),
            first_row_as_headings=bool(table.head),
            line_height=5.5,
            col_widths=(2, *(1.3 for _ in table.head[1:])) if table.head else (1, 2),
        ) as grid:
            for cells in [table.head, *table.rows] if table.head else table.rows:
                row = grid.row()
                for cell in cells:
                    row.cell(self._known(cell) or " ")

    def _say(
        self, text: str, size: int, *, bold: bool = False, color: tuple[int, int, int] = INK
    ) -> None:
        self.set_font(self._name, "B" if bold else "", size)
        self.set_text_color(*color)
        self.multi_cell(0, size * 0.5, self._known(text), new_x="LMARGIN", new_y="NEXT")
        self.ln(1)

    def _font(self) -> str:
        if not (FONTS / "DejaVuSans.ttf").exists():
            return "helvetica"
        self.add_font("dejavu", "", FONTS / "DejaVuSans.ttf")
        self.add_font("dejavu", "B", FONTS / "DejaVuSans-Bold.ttf")
        return "dejavu"

    def _known(self, text: str) -> str:
        """Leave out what the font at hand cannot show."""
        if self._name == "dejavu":
            return text
        return text.replace(NONE, "-").encode("latin-1", "replace").decode("latin-1")
