"""
What column headers commonly mean, in several languages.

A target is a record's field with its record before it: `company.name`, `contact.emails`; `any.` stands for
whichever record the file is of.  `role:` and a job title (maybe none) is a column of people who hold that job.
"""

import re

from letrics.model.fields import COMPANY_FIELDS, CONTACT_FIELDS, DERIVED_FIELDS, Value
from letrics.model.folding import fold
from letrics.model.location import Location

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
# What is said aside is short, and looked for once in a run of spaces: no header takes long.
_ASIDE = re.compile(r"(?<!\s)\s*+[(\[][^)\]]{0,200}+[)\]]")

# The target of a column that Letrics has written itself, and derives anew.
DERIVED = "derived"
# What a header says only together with the others: a customer is a company where the row names one, and the word for
# a name is that for a given name where there is one for family names.
CUSTOMER_ID, GIVEN_NAME_OR_NAME = "any.customer_id", "any.given_name_or_name"

_SYNONYMS = {
    "contact.first_name": "first name,given name,forename,fname,vorname,prénom,prenom,voornaam,imię",
    "contact.last_name": "last name,surname,family name,lname,nachname,familienname,nom de famille,apellido,apellidos,achternaam,cognome",
    "contact.full_name": "full name,person,person name,nom complet,nombre completo",
    "role:": "contact,contact name,contact person,ansprechpartner,ansprechperson,contactpersoon,kontakt,referente,persona de contacto",
    "contact.job_title": "job title,title,position,job,role,job position,funktion,jobtitel,berufsbezeichnung,stelle,poste,intitulé de poste"
    ",cargo,puesto,functie,functietitel,ruolo,designation,occupation",
    "contact.departments": "department,departments,abteilung,département,departamento,afdeling,reparto",
    "contact.seniority": "seniority,seniority level,management level,job level",
    "contact.is_decision_maker": "decision maker,is decision maker,entscheider",
    "contact.id": "contact id,person id",
    "contact.linkedin_url": "person linkedin url,linkedin profile,linkedin profile url,contact linkedin,personal linkedin",
    "company.name": "company,company name,organization,organisation,organization name,account,account name,employer,firm,business"
    ",business name,associated company,firma,firmenname,unternehmen,unternehmensname,betrieb,société,entreprise,raison sociale"
    ",empresa,razón social,bedrijf,bedrijfsnaam,azienda,ragione sociale,client,customer,företag,virksomhed",
    "company.legal_name": "legal name,registered name,entity legal name",
    "company.description": "description,short description,about,summary,company description,beschreibung",
    "company.domain": "domain,company domain,company domain name,root domain,website domain,web domain,domain name,email domain",
    "company.domain_aliases": "domain aliases,other domains",
    "company.website_url": "website,website url,web site,homepage,homepage url,web,url,company website,company url,webseite,internet"
    ",internetadresse,site web,sitio web,página web,sito web,www",
    "company.logo_url": "logo,logo url",
    "company.industries": "industry,industries,sector,company industry,branche,branchen,wirtschaftszweig,secteur,secteur d activité,industria"
    ",settore,vertical,bedrijfstak",
    "company.functions": "functions,company functions,roles",
    "company.technologies": "technologies,technology,tech stack,technographics,tech",
    "company.employee_count": "employees,number of employees,employee count,no of employees,num employees,headcount,staff,mitarbeiter"
    ",mitarbeiterzahl,mitarbeiteranzahl,anzahl mitarbeiter,beschäftigte,effectif,nombre de salariés,empleados,número de empleados"
    ",medewerkers,aantal medewerkers,dipendenti,numero dipendenti",
    "company.employee_range": "employee range,company size,size,size range,employees range,company headcount",
    "company.revenue": "revenue,annual revenue,revenues,turnover,yearly revenue,umsatz,jahresumsatz,chiffre d affaires,ingresos,facturación"
    ",omzet,fatturato",
    "company.founded_year": "founded,founded year,year founded,founding year,established,gründungsjahr,année de création,año de fundación",
    "company.keywords": "keywords,tags,schlagworte",
    "company.languages": "languages,language",
    "company.linkedin_url": "company linkedin url,company linkedin,linkedin company url,linkedin company page",
    "company.first_seen_at": "first seen,first seen at,first detected,first detected at,first indexed,date first seen",
    "company.id": "company id,account id,organization id,organisation id,employer id",
    CUSTOMER_ID: "customer id,customer number,client id,kundennummer",
    "company.phones": "company phone,company phone number,main phone,switchboard,zentrale",
    "company.emails": "company email,company emails,generic email,info email",
    "any.emails": "email,e mail,mail,email address,email addresses,emails,work email,business email,e mail adresse,email adresse,courriel"
    ",correo,correo electrónico,adresse email,adresse e mail,personal email,secondary email,posta elettronica",
    "any.phones": "phone,phone number,phones,telephone,telephone number,tel,mobile,mobile phone,work phone,direct phone,direct dial"
    ",telefon,telefonnummer,handy,mobil,téléphone,teléfono,telefono,telefoon",
    "any.linkedin_url": "linkedin,linkedin url,linkedin page,linkedin link",
    "any.external_id": "external id,record id,uuid,guid,lead id,crm id",
    "company.location.raw": "headquarters,hq",
    "any.location.raw": "location,standort,ubicación,sede",
    "any.location.street": "street,address,street address,address line 1,straße,adresse,anschrift,rue,dirección,indirizzo,adres",
    "any.location.postal_code": "zip,zip code,postal code,postcode,post code,plz,postleitzahl,code postal,código postal,cap",
    "any.location.city": "city,town,locality,ort,stadt,ville,ciudad,città,plaats,stad,localidad,municipality",
    "any.location.region": "state,region,province,state region,state province,bundesland,région,estado"
    ",provincia,kanton,provincie,county",
    "any.location.country": "country,land,pays,país,paese,country region,nation,country name",
    "any.location.country_code": "country code,iso country,land code,country iso code",
    "any.location.latitude": "latitude,lat",
    "any.location.longitude": "longitude,lng,lon,long",
    "any.socials.facebook": "facebook,facebook url",
    "any.socials.twitter": "twitter,twitter url,x url",
    "any.socials.instagram": "instagram,instagram url",
    "any.socials.youtube": "youtube,youtube url",
    "any.socials.xing": "xing,xing url",
    "any.name": "name,nom",
    GIVEN_NAME_OR_NAME: "nombre,nome",
    "any.id": "id",
    "role:Chief Executive Officer": "ceo,chief executive,chief executive officer,ceo name,name of ceo",
    "role:Chief Financial Officer": "cfo,chief financial officer,cfo name",
    "role:Chief Technology Officer": "cto,chief technology officer,cto name",
    "role:Chief Operating Officer": "coo,chief operating officer",
    "role:Chief Marketing Officer": "cmo,chief marketing officer",
    "role:Chief Information Officer": "cio,chief information officer",
    "role:Founder": "founder,founders,founder name,gründer",
    "role:Co-Founder": "co founder,cofounder,co founders",
    "role:Owner": "owner,owner name,inhaber,propriétaire",
    "role:Managing Director": "managing director,md",
    "role:Geschäftsführer": "geschäftsführer,geschäftsführung",
    "role:President": "president",
    "role:Chairman": "chairman,chairperson,chair",
    "role:Director": "director",
}  # fmt: skip
_COMPANY_PREFIXES = (
    "company ",
    "account ",
    "organization ",
    "organisation ",
    "firm ",
    "org ",
    "employer ",
    "hq ",
    "headquarters ",
)
_CONTACT_PREFIXES = ("contact ", "person ", "personal ", "lead ")
_PREFIXES = ((_COMPANY_PREFIXES, "company"), (_CONTACT_PREFIXES, "contact"))


def header_key(header: str) -> str:
    """Return *header* as headers are compared: words of camelCase parted, folded, punctuation as spaces."""
    words = _CAMEL.sub(" ", _ASIDE.sub("", header) or header)
    return " ".join(re.sub(r"[^\w]+|_", " ", fold(words)).split())


def loose_key(header: str) -> str:
    """Return *header* as presets and mapping files compare them: `FirstName`, `FIRSTNAME` and `First name` are one."""
    return header_key(header).replace(" ", "")


_BY_KEY = {header_key(word): target for target, words in _SYNONYMS.items() for word in words.split(",")}
# For names that are written with capitals inside, or without spaces: `LinkedIn`, `companyname`.
_BY_LOOSE_KEY = {key.replace(" ", ""): target for key, target in _BY_KEY.items()}
_OWN = {"company": {f.name: f for f in COMPANY_FIELDS}, "contact": {f.name: f for f in CONTACT_FIELDS}}
_PARTS = {
    Value.LOCATION: tuple(Location.__struct_fields__),
    Value.SOCIALS: ("*",),
    Value.CUSTOM: ("*",),
}


def own_target(header: str) -> str | None:
    """
    Return the target of a column that is named as Letrics names fields: `location.city`, `company.domain`.

    A plain name belongs to the record that the file is of.  A place as one text is its `raw`; what would be an object
    of several values, but is none, is kept as it is.
    """
    name = header.strip()
    record, first, rest = "any", *name.partition(".")[::2]
    if first == "company" and rest:
        record, (first, rest) = "company", rest.partition(".")[::2]
    if first == "id" and not rest:
        return f"{record}.id"
    if first in DERIVED_FIELDS and not rest:
        return DERIVED
    owners = [owner for owner in _OWN if record in ("any", owner) and first in _OWN[owner]]
    if first == "department" and not rest:
        return "contact.departments"
    if not owners:
        return None
    kind = _OWN[owners[0]][first].value
    if rest:
        parts = _PARTS.get(kind, ())
        if rest not in parts and "*" not in parts:
            return None
    owner = owners[0] if len(owners) == 1 or record != "any" else "any"
    if not rest and kind is Value.LOCATION:
        return f"{owner}.{first}.raw"
    if not rest and kind in (Value.SOCIALS, Value.CUSTOM):
        return f"{owner}.custom.{name}"
    return f"{owner}.{first}" + (f".{rest}" if rest else "")


def _by_key(key: str) -> str | None:
    return _BY_KEY.get(key) or _BY_LOOSE_KEY.get(key.replace(" ", ""))


def _of_record(target: str | None, record: str) -> str | None:
    """Return *target* as that of *record*; None where it is of the other one."""
    if target is not None and target.startswith("any."):
        return record + target.removeprefix("any")
    return target if target is not None and target.startswith(f"{record}.") else None


def _nested_target(header: str) -> str | None:
    """
    Return the target of a part of a nested object, such as `org.address.city`, by its last name and its first.

    Of what is no person and no company only a place is believed: `product.name` is nobody's.
    """
    first, _, last = header.partition(".")[0], *header.rpartition(".")[1:]
    target = own_target(last) or _by_key(header_key(last))
    for prefixes, record in _PREFIXES:
        if f"{header_key(first)} " in prefixes:
            return "contact.full_name" if (target, record) == ("any.name", "contact") else _of_record(target, record)
    return target if target is not None and target.startswith("any.location.") else None


def known_target(header: str) -> str | None:
    """Return the target that *header* names by a synonym, with or without `Company` or `Person` before it."""
    key = header_key(header)
    if (named := _by_key(key)) is not None:
        return named
    for prefixes, record in _PREFIXES:
        for prefix in prefixes:
            if key.startswith(prefix):
                target = _of_record(_by_key(key.removeprefix(prefix)), record)
                if target is not None:
                    return target
    if "." in header:
        return _nested_target(header)
    # A number behind a header tells columns of one kind apart: `Email 2`, `Phone 1`, `name (2)`.
    plain = re.sub(r"\s*\d$", "", key)
    return _BY_KEY.get(plain) if plain != key and _BY_KEY.get(plain) in ("any.emails", "any.phones") else None
