"""Short given names and the names they stand for, in three languages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkage.owner.fact_tables import read_table
from linkage.owner.folding import fold
from linkage.owner.hypocoristics import formal_names, with_formal_names
from linkage.owner.names import normalise_given_names

MEANT = [  # as written, may be, where the case comes from
    ("Pancho", {"FRANCISCO"}, "DOMAIN 1.2.1"),
    ("Paco", {"FRANCISCO"}, "DOMAIN 1.2.1"),
    ("Chuy", {"JESUS"}, "DOMAIN 1.2.1"),
    ("Chucho", {"JESUS"}, "DOMAIN 1.2.1"),
    ("Lupe", {"GUADALUPE"}, "DOMAIN 1.2.1"),
    ("Memo", {"GUILLERMO"}, "DOMAIN 1.2.1"),
    ("Nacho", {"IGNACIO"}, "DOMAIN 1.2.1"),
    ("Pepe", {"JOSE"}, "DOMAIN 1.2.1"),
    ("Chema", {"JOSE MARIA"}, "DOMAIN 1.2.1"),
    ("Toño", {"ANTONIO"}, "DOMAIN 1.2.1"),
    ("Kike", {"ENRIQUE"}, "DOMAIN 1.2.1"),
    ("Neto", {"ERNESTO"}, "DOMAIN 1.2.1"),
    ("Tavo", {"GUSTAVO"}, "DOMAIN 1.2.1"),
    ("Checo", {"SERGIO"}, "DOMAIN 1.2.1"),
    ("Chava", {"SALVADOR"}, "DOMAIN 1.2.1"),
    ("Chente", {"VICENTE"}, "DOMAIN 1.2.1"),
    ("Poncho", {"ALFONSO"}, "DOMAIN 1.2.1"),
    ("Lucho", {"LUIS"}, "DOMAIN 1.2.1"),
    ("Beto", {"ALBERTO", "ROBERTO", "HUMBERTO", "ADALBERTO"}, "DOMAIN 1.2.1: ambiguous"),
    ("Lalo", {"EDUARDO", "ELEAZAR"}, "DOMAIN 1.2.1: ambiguous"),
    ("Chela", {"GRACIELA", "MARCELA"}, "DOMAIN 1.2.1: ambiguous"),
    ("Chilo", {"BASILIO", "ISIDRO"}, "DOMAIN 1.2.1: ambiguous"),
    ("Maru", {"EUGENIA", "MARIA EUGENIA"}, "DOMAIN 1.2.1: ambiguous"),
    ("Lencho", {"LORENZO", "FLORENCIO"}, "DOMAIN 1.2.1: ambiguous"),
    ("Bill", {"WILLIAM"}, "English"),
    ("Bob", {"ROBERT"}, "English"),
    ("Peggy", {"MARGARET"}, "English"),
    ("Alex", {"ALEXANDER", "ALEXANDRE", "ALEJANDRO"}, "all three languages"),
    ("Pierrot", {"PIERRE"}, "French"),
    ("Jeannot", {"JEAN"}, "French"),
    ("Margot", {"MARGUERITE"}, "French"),
    ("Dédé", {"ANDRE"}, "French"),
]


@pytest.mark.parametrize(("written", "meant", "origin"), MEANT)
def test_short_form(written: str, meant: set[str], origin: str) -> None:
    assert meant <= set(formal_names(normalise_given_names(written) or ""))


@pytest.mark.parametrize("name", ["JOHN", "IAN", "LUIS", "ROY", "MARIA", "JEAN", "HELEN"])
def test_a_name_of_its_own_right_is_not_expanded(name: str) -> None:
    assert formal_names(name) == ()
    assert with_formal_names(name) == name


def test_what_is_written_stays_in_front_and_nothing_is_said_twice() -> None:
    assert with_formal_names("PANCHO ALEX FRANCISCO").startswith("PANCHO ALEX FRANCISCO ALEJANDRO")
    assert with_formal_names("PANCHO PACO") == "PANCHO PACO FRANCISCO"


def test_the_table_is_folded_and_expands_to_few() -> None:
    for language in read_table("hypocoristics").values():
        assert all(fold(word) == word and word.replace(" ", "").isalpha() for short, names in language.items() for word in (short, *names))
        assert max(map(len, language.values())) <= 6


@given(st.text("ABEKLOPTUY ", max_size=64))
def test_expanding_keeps_every_word_and_stays_small(name: str) -> None:
    expanded = with_formal_names(name)
    assert set(name.split(" ")) <= set(expanded.split(" "))
    assert len(expanded) <= 64 * 40
