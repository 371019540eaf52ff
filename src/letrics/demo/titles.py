"""Job titles that do not exist in a list but in the world: level, field and speciality, put together."""

import numpy as np

# Department → fields of work, the usual one first.
FIELDS: dict[str, tuple[str, ...]] = {
    "sales": ("Sales", "Key Account", "Field Sales", "Inside Sales", "Channel Sales", "Enterprise Sales", "Export Sales", "Sales Operations"),
    "marketing": ("Marketing", "Digital Marketing", "Brand", "Content", "Product Marketing", "Growth Marketing", "SEO", "Social Media", "Campaign"),
    "engineering": ("Software", "Backend", "Frontend", "Platform", "DevOps", "Mechanical Engineering", "Electrical Engineering", "Process Engineering",
                    "Embedded Software", "Mobile", "Test Automation", "Systems Engineering"),
    "it": ("IT", "IT Infrastructure", "IT Service", "Network", "Systems", "Cloud Infrastructure", "SAP"),
    "data": ("Data", "Data Science", "Analytics", "Business Intelligence", "Machine Learning", "Data Engineering"),
    "finance": ("Finance", "Accounting", "Controlling", "Treasury", "Tax", "Internal Audit", "Financial Planning", "Accounts Payable", "Credit"),
    "human_resources": ("HR", "People", "Talent Acquisition", "Learning and Development", "Payroll", "Compensation and Benefits"),
    "operations": ("Operations", "Project", "Program", "Business Operations", "Process", "Store"),
    "product": ("Product", "Product Management", "Product Strategy"),
    "customer_success": ("Customer Success", "Customer Service", "Client Services", "Account Management"),
    "support": ("Support", "Technical Support", "Helpdesk"),
    "procurement": ("Procurement", "Purchasing", "Strategic Sourcing"),
    "logistics": ("Logistics", "Supply Chain", "Warehouse", "Transport", "Fleet"),
    "manufacturing": ("Production", "Manufacturing", "Plant", "Assembly"),
    "quality": ("Quality", "Quality Assurance", "Quality Control"),
    "legal": ("Legal", "Compliance", "Contracts", "Regulatory Affairs"),
    "research": ("Research", "R&D", "Innovation", "Laboratory"),
    "design": ("Design", "UX", "Graphic Design", "Product Design"),
    "communications": ("Communications", "Public Relations", "Corporate Communications"),
    "business_development": ("Business Development", "Partnerships", "Strategic Alliances"),
    "security": ("Information Security", "Cyber Security"),
    "administration": ("Office", "Administration", "Executive Assistance"),
}  # fmt: skip
WEIGHTS = (17, 10, 16, 6, 5, 8, 5, 8, 4, 4, 3, 3, 4, 4, 2, 2, 3, 3, 2, 3, 1.5, 4)

# Level → its share, and how a title of it is put together.
LEVELS: tuple[tuple[str, float, tuple[str, ...]], ...] = (
    ("c_suite", 2, ("Chief {field} Officer",)),
    ("vp", 3, ("VP {field}", "Vice President {field}", "VP of {field}", "Senior Vice President {field}")),
    ("head", 5, ("Head of {field}", "Global Head of {field}")),
    ("director", 8, ("Director of {field}", "{field} Director", "Senior Director {field}", "Regional Director {field}")),
    ("manager", 26, ("{field} Manager", "Senior {field} Manager", "Manager {field}", "{field} Team Lead", "Regional {field} Manager")),
    ("senior", 18, ("Senior {field} Specialist", "Senior {field} Analyst", "Lead {field} Engineer", "Principal {field} Consultant",
                    "Senior {field} Consultant")),
    ("entry", 34, ("{field} Specialist", "{field} Coordinator", "{field} Associate", "Junior {field} Specialist", "{field} Analyst", "{field} Assistant",
                   "{field} Consultant", "{field} Representative")),
    ("intern", 4, ("{field} Intern", "Working Student {field}", "{field} Trainee")),
)  # fmt: skip
SPECIALITIES = (
    "EMEA", "DACH", "North America", "APAC", "UK & Ireland", "Nordics", "Benelux", "Southern Europe", "Enterprise", "Mid-Market", "SMB", "Public Sector",
    "Healthcare", "Retail", "Automotive", "Financial Services", "Energy", "Global", "B2B", "Digital", "International", "Consumer", "Industrial", "Europe",
)  # fmt: skip
_SPECIALISED = 0.22  # the share of titles that name one
TOP = {
    "US": ("Founder & CEO", "Co-Founder", "Chief Executive Officer", "Owner", "President", "Chief Financial Officer", "Chief Technology Officer"),
    "DE": ("Geschäftsführer", "Geschäftsführerin", "Geschäftsführender Gesellschafter", "Inhaber", "Vorstand", "Prokurist", "Gründer"),
    "FR": ("Président Directeur Général", "Directeur Général", "Directrice Générale", "Gérant", "Fondateur", "Fondatrice"),
    "ES": ("Director General", "Gerente General", "Fundador", "Propietaria", "Consejero Delegado"),
    "GB": ("Managing Director", "Founder", "Co-Founder & CTO", "Chief Executive Officer", "Owner", "Finance Director", "Chairman"),
}  # fmt: skip
LOCAL = {
    "DE": (
        "Leiter Vertrieb", "Leiterin Marketing", "Vertriebsleiter", "Leiter Einkauf", "IT-Leiter", "Leiterin Personal", "Buchhalterin", "Sachbearbeiter Einkauf",
        "Projektleiter", "Teamleiter Logistik", "Produktionsleiter", "Softwareentwickler", "Vertriebsmitarbeiter Außendienst", "Assistenz der Geschäftsführung",
        "Werkstudent Marketing", "Leiter Qualitätsmanagement", "Controller", "Personalreferentin", "Konstrukteur", "Kundenberaterin",
    ),
    "FR": (
        "Directeur Commercial", "Directrice Marketing", "Responsable Achats", "Responsable Ressources Humaines", "Directeur Financier", "Comptable",
        "Chef de Projet", "Ingénieur Logiciel", "Responsable Logistique", "Chargée de Communication", "Technicien Support", "Assistante de Direction",
    ),
    "ES": (
        "Director Comercial", "Directora de Marketing", "Responsable de Compras", "Director Financiero", "Contable", "Jefe de Proyecto",
        "Técnico de Soporte", "Responsable de Recursos Humanos", "Comercial", "Ingeniero de Software",
    ),
}  # fmt: skip
LOCAL["AT"] = LOCAL["CH"] = LOCAL["DE"]
TOP["AT"] = TOP["CH"] = TOP["DE"]
_LOCAL_SHARE = 0.45


class TitleMaker:
    """Draws job titles: common ones often, rare ones seldom."""

    def __init__(self, chance: np.random.Generator) -> None:
        self._chance = chance
        self._departments = tuple(FIELDS)
        self._weights = np.array(WEIGHTS) / sum(WEIGHTS)
        self._levels = np.array([share for _, share, _ in LEVELS]) / sum(share for _, share, _ in LEVELS)

    def draw(self, country: str, count: int, tops: int) -> list[tuple[str, str | None, str | None]]:
        """Return *count* titles with department and level where they are composed; the first *tops* run the place."""
        chance = self._chance
        named = TOP.get(country, TOP["GB"])
        titles: list[tuple[str, str | None, str | None]] = [
            (named[min(int(chance.zipf(1.8)) - 1, len(named) - 1)], None, None) for _ in range(min(tops, count))
        ]
        rest = count - len(titles)
        departments = chance.choice(len(self._departments), rest, p=self._weights)
        levels = chance.choice(len(LEVELS), rest, p=self._levels)
        draws = chance.random((rest, 4))
        local = LOCAL.get(country, ())
        for department, level, (d_local, d_field, d_form, d_special) in zip(
            departments.tolist(), levels.tolist(), draws.tolist(), strict=True
        ):
            if local and d_local < _LOCAL_SHARE:
                titles.append((local[int(d_field**1.7 * len(local))], None, None))
                continue
            name = self._departments[department]
            seniority, _, forms = LEVELS[level]
            # The usual field and form far more often than the others: cubes lean to the front of a list.
            field = FIELDS[name][int(d_field**3 * len(FIELDS[name]))]
            title = forms[int(d_form**2 * len(forms))].format(field=field)
            if d_special < _SPECIALISED:
                title += f", {SPECIALITIES[int((d_special / _SPECIALISED) ** 2 * len(SPECIALITIES))]}"
            titles.append((title, name, seniority))
        return titles
