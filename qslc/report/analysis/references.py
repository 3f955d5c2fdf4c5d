"""The sources of the figures."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reference:
    text: str
    url: str


def _arxiv(text: str, number: str) -> Reference:
    return Reference(f"{text}, arXiv:{number}", f"https://arxiv.org/abs/{number}")


SIM = _arxiv("Sim, Johnson and Aspuru-Guzik 2019", "1905.10876")
MEYER = _arxiv("Meyer and Wallach 2002", "quant-ph/0108104")
MCCLEAN = _arxiv("McClean et al. 2018", "1803.11173")
CEREZO = _arxiv("Cerezo et al. 2021", "2001.00550")
JONES = _arxiv("Jones and Gacon 2020", "2009.02823")
ABBAS = _arxiv("Abbas et al. 2021", "2011.00027")
HAUG = _arxiv("Haug, Bharti and Kim 2021", "2102.01659")
GOTTESMAN = _arxiv("Gottesman 1998", "quant-ph/9807006")
SCHULD = _arxiv("Schuld 2021", "2101.11020")
HU = _arxiv("Hu et al. 2021", "2106.09685")
HUBREGTSEN = _arxiv("Hubregtsen et al. 2021", "2003.09887")
ZHANG = _arxiv("Zhang et al. 2022", "2203.09376")
GRANT = _arxiv("Grant et al. 2019", "1903.05076")
