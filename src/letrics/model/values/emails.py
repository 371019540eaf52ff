"""E-mail addresses: their canonical form, and whether a person or a role reads them."""

import re
from functools import lru_cache
from typing import Literal

from letrics.model.values.domains import domain, is_private_mailbox

# The plain case, which is nearly every case; the library judges the rest.
_PLAIN = re.compile(
    r"[a-z0-9_+-]{1,32}(?:\.[a-z0-9_+-]{1,31}){0,1}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}"
)

_ROLES = frozenset(
    # English, and what every language writes alike
    "info contact sales support press marketing office hello hi hey mail email admin administrator webmaster"
    " postmaster hostmaster abuse noc security privacy legal billing accounts accounting invoice invoices finance"
    " payments orders order shop store service services help helpdesk customerservice customercare care team jobs"
    " job careers career recruiting recruitment hr media pr news newsletter editor editorial feedback enquiries"
    " enquiry inquiries inquiry reception reservations reservation booking bookings events event partners partner"
    " partnerships investors ir relations"
    " noreply no-reply donotreply root it dev tech general purchasing procurement logistics shipping export returns"
    # German
    " kontakt anfrage anfragen vertrieb verkauf einkauf buchhaltung rechnung rechnungen rechnungswesen bewerbung"
    " bewerbungen personal presse zentrale empfang sekretariat verwaltung datenschutz dsb bestellung"
    " bestellungen kundenservice kundendienst werkstatt karriere post poststelle praxis kanzlei buero büro"
    " beratung auftrag auftraege geschaeftsleitung geschaeftsfuehrung geschaeftsstelle redaktion versand lager"
    " termin termine reservierung reservierungen buchung rezeption technik edv ausbildung impressum mahnung"
    " gemeinde rathaus apotheke notariat"
    # French
    " accueil bonjour contactez commercial ventes achats commande commandes devis comptabilite compta facture"
    " factures facturation recrutement emploi candidature candidatures secretariat direction administratif"
    " clients serviceclient mairie cabinet agence boutique magasin logistique technique sav livraison"
    # Spanish, Portuguese
    " contacto contactos hola informacion ventas compras pedidos presupuestos administracion contabilidad"
    " facturacion facturas empleo rrhh recursoshumanos direccion gerencia secretaria oficina prensa comunicacion"
    " soporte atencion atencioncliente atencionalcliente recepcion reservas tienda taller contato geral vendas"
    " comercial financeiro faturamento encomendas escritorio rh recrutamento imprensa suporte sac atendimento"
    " administrativo diretoria loja"
    # Italian, Dutch
    " contatti contatto informazioni vendite acquisti ordini amministrazione contabilita fatture fatturazione"
    " segreteria direzione commerciale clienti servizioclienti prenotazioni preventivi magazzino lavoro"
    " personale risorseumane stampa assistenza ufficio verkoop inkoop bestellingen boekhouding administratie"
    " facturen receptie secretariaat kantoor klantenservice vacatures personeel directie winkel pers"
    # Nordic
    " kontor firmapost salg salj sälj forsaljning försäljning ekonomi okonomi økonomi faktura fakturor"
    " bestilling bestallning ordre kundtjanst kundtjänst kundservice kundeservice resepsjon butik butikk jobb"
    " asiakaspalvelu myynti toimisto laskut laskutus"
    " tilaukset"
    # Polish, Czech, Slovak, Hungarian, Romanian, Croatian, Turkish
    " biuro sprzedaz sekretariat ksiegowosc zamowienia rekrutacja kadry praca sklep serwis obchod prodej"
    " objednavky fakturace uctarna kancelar podpora servis recepce eshop iroda kapcsolat ertekesites"
    " rendeles szamla ugyfelszolgalat titkarsag vanzari comenzi birou prodaja narudzbe racunovodstvo"
    " ured iletisim bilgi satis destek muhasebe".split()
)
_SEPARATORS = re.compile(r"[._+-]")
# An address behind the name of whose it is: `Jane Doe <jane@acme.com>`.
_NAMED = re.compile(r"[^<>@]{1,200}<([^<>\s]{1,320})>")


# Tells an address in its canonical form by a look.
is_plain_email = _PLAIN.fullmatch


def email(value: str) -> str:
    """
    Return the canonical address: all lower case, the domain in punycode, without a name before it.

    By the letter a mailbox name may tell cases apart; in practice none does, and one person must not
    become two by a capital.
    """
    if _PLAIN.fullmatch(value):
        return value
    named = _NAMED.fullmatch(value.strip())
    address = (named[1] if named else value.strip()).removeprefix("mailto:").strip("<>").lower()
    if _PLAIN.fullmatch(address):
        return address
    from email_validator import EmailNotValidError, validate_email  # most files need it for no address

    try:
        valid = validate_email(address, check_deliverability=False, allow_quoted_local=True)
    except EmailNotValidError as error:
        raise ValueError(f"{value[:100]!r} is no e-mail address: {error}") from None
    return f"{valid.local_part}@{valid.ascii_domain}".lower()


def email_type(address: str) -> Literal["personal", "generic"]:
    """Return whether a canonical *address* is a role's (info@, press@ …) or a person's."""
    local = address.partition("@")[0]
    first = local.partition(".")[0]
    if first.isalpha() and first not in _ROLES:
        return "personal"
    words = _SEPARATORS.split(local)
    is_role = local in _ROLES or (words[0] in _ROLES and all(word in _ROLES or len(word) <= 3 for word in words))
    return "generic" if is_role else "personal"


@lru_cache(maxsize=65_536)
def _scope_at(host: str) -> Literal["work", "private"]:
    return "private" if is_private_mailbox(host) or is_private_mailbox(_registrable(host)) else "work"


def email_scope(address: str) -> Literal["work", "private"]:
    """Return whether a canonical *address* is at a well-known mailbox provider, hence private."""
    return _scope_at(address.rpartition("@")[2])


def _registrable(host: str) -> str:
    try:
        return domain(host)
    except ValueError:
        return host
