from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs_assist.guard.national_ids import id_specs, luhn

SPECS = {spec.name: spec for spec in id_specs()}
#: Numbers with right check digits: published examples of the authorities and of reference pages, no persons'.
VALID = {
    "ca_sin": "046 454 286", "gb_nhs": "943 476 5919", "ie_pps": "1234567FA", "de_steuer_id": "86 095 742 719",
    "de_rvnr": "65 170839 J 003", "at_svnr": "1237 010180", "ch_ahv": "756.9217.0769.85",
    "fr_nir": "2 69 05 49 588 157 80", "es_dni": "12345678Z", "es_nie": "X1234567L", "it_cf": "RSSMRA85T10A562S",
    "pt_nif": "123456789", "pt_cc": "00000000 0 ZZ4", "br_cpf": "529.982.247-25", "br_cnpj": "12.ABC.345/01DE-35",
    "mx_curp": "HEGG560427MVZRRL04", "mx_rfc": "GODE561231GR8", "ar_cuit": "20-12345678-6", "cl_rut": "12.345.678-5",
    "in_aadhaar": "2341 2341 2346", "cn_resident_id": "11010519491231002X", "hk_hkid": "G123456(A)",
    "tw_id": "A123456789", "jp_my_number": "123456789018", "sg_nric": "S1234567D", "th_id": "1-1017-00230-70-8",
    "tr_kimlik": "10000000146", "pl_pesel": "44051401359", "pl_dowod": "ABA300000", "se_pnr": "811228-9874",
    "no_fnr": "15108695088", "fi_hetu": "131052-308T", "nl_bsn": "111222333", "be_nrn": "85.07.30-033.28",
    "il_id": "123456782", "za_id": "7503305044089", "ru_snils": "112-233-445 95", "ru_inn": "500100732259",
    "sa_id": "1000000008", "ae_eid": "784-1990-1234567-6", "au_tfn": "123 456 782", "au_medicare": "2123 45670 1",
    "nz_ird": "49-091-850",
}  # fmt: skip


@pytest.mark.parametrize(("name", "number"), VALID.items())
def test_published_examples_are_right(name: str, number: str) -> None:
    assert SPECS[name].fits(number)
    assert re.fullmatch(SPECS[name].pattern, number, re.I)


@pytest.mark.parametrize(("name", "number"), VALID.items())
def test_a_wrong_last_sign_is_told(name: str, number: str) -> None:
    at = max(at for at, char in enumerate(number) if char.isalnum()) - (1 if name == "au_medicare" else 0)
    if name == "ie_pps":
        at -= 1  # the last letter is no check
    others = "0123456789" if number[at].isdigit() else "ABCDEFGHJKLMNPQRSTUVWXYZ"
    wrong = [number[:at] + other + number[at + 1 :] for other in others if other != number[at]]
    fitting = [code for code in wrong if re.fullmatch(SPECS[name].pattern, code, re.I) and SPECS[name].fits(code)]
    assert len(fitting) <= (1 if name in ("au_medicare", "au_tfn") else 0)


@pytest.mark.parametrize("name", [spec.name for spec in id_specs() if spec.check])
def test_every_check_has_an_example(name: str) -> None:
    base = {"br_cpf_written": "br_cpf", "cl_rut_written": "cl_rut", "be_nrn_written": "be_nrn", "hk_hkid_plain": "hk_hkid"}
    assert base.get(name, name) in VALID


@pytest.mark.parametrize("spec", id_specs(), ids=lambda spec: spec.name)
@given(text=st.text(alphabet="0123456789ABCDEFKXZ .-/()", min_size=6, max_size=24))
def test_no_form_makes_a_check_fail(spec, text: str) -> None:  # type: ignore[no-untyped-def]
    for match in spec.compiled.finditer(text):
        assert spec.fits(match.group()) in (True, False)


@given(st.text(alphabet="0123456789", min_size=2, max_size=18))
def test_luhn_tells_every_single_wrong_digit(code: str) -> None:
    right = next(code + digit for digit in "0123456789" if luhn(code + digit))
    for at in range(len(right)):
        other = str((int(right[at]) + 1) % 10)
        assert not luhn(right[:at] + other + right[at + 1 :])


def test_a_number_that_needs_a_label_has_one() -> None:
    for spec in id_specs():
        assert spec.labels or spec.when != "label", spec.name
        assert len(spec.countries) >= 1
