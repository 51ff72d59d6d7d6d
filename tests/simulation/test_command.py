"""What the command line refuses before anything is started."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from crowd.cli.simulate import simulate


@pytest.mark.parametrize("overlap", ["0-3", "5-2", "x", "3-", "-3", "1-2-3", "2-5000"])
def test_an_overlap_is_two_numbers_in_order(overlap: str) -> None:
    said = CliRunner().invoke(simulate, [f"--overlap={overlap}"])

    assert said.exit_code == 2
    assert "--overlap" in said.output


@pytest.mark.parametrize("price", ["-1", "0.0000001", "nan", "1e3", "cheap"])
def test_a_price_is_an_exact_amount(price: str) -> None:
    said = CliRunner().invoke(simulate, [f"--price={price}"])

    assert said.exit_code == 2
    assert "--price" in said.output


def test_a_running_service_needs_both_keys() -> None:
    said = CliRunner().invoke(simulate, ["--url", "http://127.0.0.1:1", "--requester-key", "k"])

    assert said.exit_code == 2
    assert "--marketplace-key" in said.output


def test_a_mix_that_is_none_is_refused() -> None:
    keys = ["--requester-key", "k", "--marketplace-key", "k"]

    said = CliRunner().invoke(simulate, ["--url", "http://127.0.0.1:1", *keys, "--mix", "nobody"])

    assert said.exit_code == 1
    assert "clean, typical, hostile" in said.output
