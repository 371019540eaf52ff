"""Departments."""

from functools import lru_cache

from letrics.model.values import text
from letrics.model.vocabulary.aliases import alias_table, spelling_key

DEPARTMENTS = (
    "executive",
    "sales",
    "business_development",
    "partnerships",
    "marketing",
    "communications",
    "customer_success",
    "support",
    "product",
    "engineering",
    "it",
    "data",
    "security",
    "design",
    "research",
    "finance",
    "legal",
    "human_resources",
    "operations",
    "administration",
    "procurement",
    "logistics",
    "manufacturing",
    "quality",
    "healthcare",
    "education",
    "consulting",
    "media",
    "real_estate",
    "public_service",
    "hospitality",
    "other",
)

_TABLE = alias_table(
    DEPARTMENTS,
    {
        "executive": "c-suite,management,leadership,general management,geschäftsführung,founder",
        "sales": "vertrieb,verkauf,ventas,ventes,sales department,inside sales",
        "business_development": "biz dev,bizdev,business dev",
        "partnerships": "partner management,alliances",
        "marketing": "marketing department,growth,digital marketing",
        "communications": "communication,public relations,pr,corporate communications",
        "customer_success": "customer service,client success,customer experience,account management",
        "support": "customer support,technical support,help desk",
        "product": "product management,products",
        "engineering": "engineering & technical,engineering technical,software engineering,development,r&d engineering",
        "it": "information technology,information systems,ict,edv",
        "data": "data science,analytics,data & analytics,business intelligence",
        "security": "information security,cybersecurity,cyber security",
        "design": "ux,ui,creative,arts and design",
        "research": "r&d,research and development,research & development,forschung",
        "finance": "accounting,finance & accounting,buchhaltung,finanzen,controlling,finanzas",
        "legal": "law,compliance,recht,legal & compliance",
        "human_resources": "hr,people,human resource,people operations,personal,talent,recruiting,people & culture",
        "operations": "ops,business operations,betrieb",
        "administration": "admin,administrative,office management,verwaltung",
        "procurement": "purchasing,buying,einkauf,sourcing",
        "logistics": "supply chain,logistik,warehouse,transportation",
        "manufacturing": "production,produktion,fertigung",
        "quality": "quality assurance,qa,quality control,quality management",
        "healthcare": "medical & health,medical health,medical,health,healthcare services",
        "education": "teaching,training & education",
        "consulting": "consultancy,advisory,beratung",
        "media": "media and communication,publishing,editorial",
        "real_estate": "property",
        "public_service": "government,public sector,military and protective services",
        "hospitality": "gastronomy,hotel",
        "other": "others,miscellaneous",
    },
)


@lru_cache(maxsize=4_096)
def department(value: str) -> str:
    """Return the canonical department of any known spelling; an unknown one is kept as it is."""
    return _TABLE.get(spelling_key(value)) or text(value) or value.strip()
