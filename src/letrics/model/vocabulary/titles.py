"""
What a job title tells of seniority and department, where a source says neither.

Rules are patterns over the title's words (folded; `/`, `-` and `.` read as spaces), tried in order;
the first that fits decides.  English first, then what is common in German, French, Spanish, Italian
and Dutch.  A title that no rule fits tells nothing: no guess is better than a wrong one.
"""

import re
from functools import lru_cache

import msgspec

from letrics.model.vocabulary.aliases import spelling_key
from letrics.model.vocabulary.word_rules import WordRules


class TitleReading(msgspec.Struct, frozen=True):
    """What a title tells: a canonical seniority or None, and departments, the primary one first."""

    seniority: str | None
    departments: tuple[str, ...]


# Words that name a boss but not the holder of the title: whoever assists one is not one.
_ASSISTS = re.compile(
    r"\b(?:assistant|assistante|asistente|assistenz|assistentin|secretary|sekretärin|secrétaire|pa|ea)\b.*"
    r"|\b(?:executive|personal|management) assistan\w+|\bchief of staff\b"
)
# Whom the holder works for.
_REPORTS_TO = re.compile(
    r"\bto (?:the )?(?:president|ceo|c[fotim]o|chair\w*|board|chief|managing|general|executive|vice|vp|director|head)\b.*"
)
# Compounds in which a rank's word means a trade, not a rank.
_NOT_RANKS = re.compile(
    r"\b(?:account executives?|product owners?|process owners?|partner(?=s? (?:manage|market|success|sales|account|enable))"
    r"|business partners?|head chef|lead generation|staff (?:accountant|nurse)|sales executive|marketing executive"
    r"|executive (?=search|producer|chef|recruiter)|chief engineer)\b"
)

_SENIORITIES = WordRules(
    (
        "founder",
        r"co ?founder|cofounder|founders?|founding partner|gründer(?:in)?|fondat(?:eur|rice)|fundador[a]?|fondatore",
    ),
    ("owner", r"owners?|proprietor|inhaber(?:in)?|eigentümer(?:in)?|propriétaire|propietari[oa]|titolare|eigenaar"),
    ("vp", r"s?vp|[es]?vp|avp|vice presidente?|vice président|vizepräsident(?:in)?"),
    (
        "board_member",
        r"board (?:member|director|advisor)|member of the board|chair(?:man|woman|person)?|non executive director"
        r"|aufsichtsrat|verwaltungsrat|commissaris|supervisory board",
    ),
    (
        "c_suite",
        r"chief(?: \w+){0,3} officer|chief \w+|c[etfiompsrd]o|cmo|cpo|cro|cso|chro|ciso|cdo|cco|clo|president|managing directors?"
        r"|general manager|geschäftsführer(?:in)?|geschäftsführende\w*|geschäftsleiter(?:in)?|vorstand\w*|pdg|directeur général"
        r"|directrice générale|director general|directora general|gerente general|amministratore delegato|algemeen directeur|bestuurder",
    ),
    ("partner", r"(?:managing |senior |equity |general )?partners?|associé[e]?|socio|socia"),
    (
        "intern",
        r"interns?|internship|trainees?|apprentice|working student|werkstudent(?:in)?|praktikant(?:in)?|auszubildende[r]?|azubi"
        r"|stagiaire|alternante?|becari[oa]|tirocinante|stagista|volontär(?:in)?",
    ),
    (
        "head",
        r"head|heads|leiter(?:in)?|leitung|bereichsleiter(?:in)?|abteilungsleiter(?:in)?|hoofd|hauptabteilungsleiter",
    ),
    ("director", r"directors?|direktor(?:in)?|directeur|directrice|directora?|direttore|direttrice|direct(?:or|ora)"),
    (
        "manager",
        r"managers?|supervisors?|superintendent|controller|team ?lead(?:er)?|teamleiter(?:in)?|gruppenleiter(?:in)?"
        r"|responsables?|jefe|jefa|gerente|responsabile|chef de \w+|chargée? de mission|verantwortliche[r]?|foreman|coordinator of",
    ),
    ("senior", r"senior|sr|lead|principal|staff|experte?|architect|distinguished|leitende[r]?"),
    (
        "entry",
        r"junior|jr|entry level|associates?|graduate|assistants?|assistante|asistente|assistenz|sachbearbeiter(?:in)?|clerk"
        r"|representative|sdr|bdr|specialists?|analysts?|coordinators?|consultants?|engineers?|developers?|designers?|administrators?"
        r"|accountants?|executives?|technicians?|recruiters?|officers?|advisors?|agents?|planners?|buyers?|editors?|writers?"
        r"|scientists?|researchers?|nurses?|teachers?|entwickler(?:in)?|ingenieur(?:in)?|berater(?:in)?|referent(?:in)?|mitarbeiter(?:in)?"
        r"|buchhalter(?:in)?|ingénieure?|développeu(?:r|se)|commerciale?|comptable|consultante|técnico|ingenier[oa]|contable|comercial",
    ),
)

_DEPARTMENTS = WordRules(
    ("executive", r"ceo|chief executive(?: officer)?|president|managing directors?|general manager|geschäftsführer(?:in)?|geschäftsleitung"
     r"|geschäftsführende\w*|vorstand\w*|pdg|directeur général|directrice générale|director general|directora general|gerente general"
     r"|amministratore delegato|algemeen directeur|owners?|inhaber(?:in)?|co ?founder|cofounder|founders?|gründer(?:in)?|fondat(?:eur|rice)"
     r"|fundador[a]?|board member|chair(?:man|woman|person)?|chief of staff|propriétaire|titolare|eigenaar"),
    ("human_resources", r"hr|chro|human resources?|people(?: operations| partner| and culture)?|talent(?: acquisition)?|recruit\w+|personal(?:leiter(?:in)?"
     r"|abteilung|referent(?:in)?|wesen|entwicklung)|ressources humaines|rh|recursos humanos|rrhh|risorse umane|payroll|compensation|learning and development"),
    ("security", r"ciso|(?:information|cyber|it|network|application|cloud) ?security|cybersecurity|soc analyst|security (?:engineer|analyst|architect|officer|operations)"
     r"|informationssicherheit|sécurité informatique"),
    ("data", r"data|analytics|business intelligence|bi|machine learning|ml|ai|artificial intelligence|cdo|statistic\w+|datos|données|daten\w*"),
    ("product", r"product (?:management|managers?|owners?|lead|director|operations|strategy|development)|(?:head|vp|director|chief)(?: of)? products?(?: officer)?"
     r"|cpo|products?|produktmanage\w+|produkt|produits?|producto"),
    ("design", r"ux|ui|design\w*|creative|art director|graphic|grafik\w*|gestalt\w+|diseñ\w+|illustrat\w+"),
    ("customer_success", r"customer (?:success|experience|care|service|relations)|client (?:success|services?|relations)|account managers?|kundenbetreu\w+|kundenservice"
     r"|key account\w*|kundenberat\w+|service client\w*|atención al cliente"),
    ("support", r"support|help ?desk|service desk|soporte|technical assistance"),
    ("business_development", r"business development|biz ?dev|bdr|bdm|geschäftsentwicklung|desarrollo de negocio|développement commercial"),
    ("partnerships", r"partnerships?|alliances?|channel|partner (?:manage\w+|success|marketing|sales)"),
    ("communications", r"communications?|public relations|pr|press|presse\w*|kommunikation\w*|communicación|comunicación|corporate affairs|öffentlichkeitsarbeit"),
    ("marketing", r"marketing|cmo|brand|seo|sem|growth|content|demand generation|lead generation|e ?commerce|social media|campaign\w*|advertising|merchandis\w+"),
    ("sales", r"sales|cro|account executives?|revenue|vertrieb\w*|verkauf\w*|verkäufer(?:in)?|\w*vertrieb|ventes|commerciale?|ventas|comercial|vendite|verkoop|sdr"),
    ("finance", r"financ\w+|cfo|account(?:ing|ants?|s)|controll(?:er|ing)|treasur\w+|tax|audit\w*|bookkeep\w+|billing|fp and a|buchhalt\w+|finanz\w*|steuer\w*|comptab\w+"
     r"|financier|finanzas|contab\w+|finanza|payable|receivable|credit|investments?|investor relations|actuar\w+|financieel"),
    ("legal", r"legal|counsel|attorneys?|lawyers?|paralegal|compliance|clo|jurist(?:in)?|rechts\w*|recht|juridique|jurídic[oa]|regulatory|datenschutz\w*|contracts?"),
    ("procurement", r"procurement|purchas\w+|buyers?|sourcing|einkauf\w*|einkäufer(?:in)?|achats?|acheteu(?:r|se)|compras|acquisti|inkoop"),
    ("logistics", r"logisti\w+|supply chain|warehouse|shipping|transport\w*|fleet|distribution|lager\w*|spedition\w*|cadena de suministro|dispatch\w*"),
    ("quality", r"quality|qa|qualitäts\w*|qualité|calidad|qualità"),
    ("manufacturing", r"manufactur\w+|production|plant|produktion\w*|fertigung\w*|producción|fabrication|produzione|assembly|machin\w+|foreman|werksleiter(?:in)?"),
    ("engineering", r"engineer\w*|software|developers?|(?:software|web|application|app) development|devops|sre|cto|chief technology officer|technical|programmer|architect\w*|full ?stack|front ?end|back ?end"
     r"|entwickl\w+|ingenieur\w*|technik\w*|technisch\w*|technique|ingénieure?|développeu(?:r|se)|técnic[oa]|ingenier\w+|tecnic[oa]|hardware|mechanical|electrical|chief engineer"),
    ("it", r"it|ict|cio|information technology|systems? admin\w+|system\w*administrator(?:in)?|network|infrastructure|informatik\w*|informatique|sistemas|edv|technology|sap|cloud"),
    ("research", r"r and d|research\w*|scientists?|scientific|forsch\w+|recherche|investigación|laborator\w+|lab|innovation"),
    ("healthcare", r"medical|nurs\w+|physicians?|doctor|clinical|health\w*|pharmac\w+|therap\w+|surgeon|dental|dentist|patient|arzt|ärztin|pflege\w*|médic[oa]"),
    ("education", r"teach\w+|professor\w*|lecturer|education\w*|instructor|trainer|school|academic|lehrer(?:in)?|dozent(?:in)?|enseignante?|profesora?|tutor"),
    ("consulting", r"consult\w+|advis\w+|berat\w+|consultor[a]?|consulente|advisory"),
    ("media", r"editor\w*|journalist\w*|writer|producer|video|photograph\w+|redakt\w+|rédact\w+|periodista|broadcast\w*|publish\w+"),
    ("real_estate", r"real estate|property|leasing|realtor|immobilien\w*|immobili(?:er|ère)|facility|facilities"),
    ("hospitality", r"chef|hotel|restaurant|front desk|housekeep\w+|catering|food and beverage|concierge|koch|köchin|kitchen"),
    ("public_service", r"mayor|public (?:service|sector|administration)|government|bürgermeister(?:in)?|policy|police|military"),
    ("operations", r"operations?|coo|ops|project\w*|program(?:me)?s?|betriebs\w*|operaciones|opérations|process\w*|projekt\w*|store managers?|branch|filialleiter(?:in)?"),
    ("administration", r"admin\w*|assistan\w+|asistente|assistenz|secretar\w+|sekret\w+|secrétaire|office|reception\w*|verwaltung\w*|clerk|sachbearbeit\w+|empfang\w*"),
)  # fmt: skip
_DEPARTMENTS_MAX = 2
# What a compound that is no rank may still tell.
_LOWEST = ("senior", "entry")


@lru_cache(maxsize=65_536)
def from_title(job_title: str) -> TitleReading:
    """
    Return what *job_title* tells.

    A managing director or general manager runs the company: c_suite.  Of several departments the first
    by rule order is primary; a chief of one function is in that function, a chief executive in `executive`.
    """
    title = spelling_key(job_title)
    if _ASSISTS.search(title):
        return TitleReading("entry", ("administration",))
    title = _REPORTS_TO.sub(" ", title)
    ranks = _NOT_RANKS.sub(" ", title)
    seniority = next(iter(_SENIORITIES.fitting(ranks)), None)
    if seniority is None:
        seniority = next((value for value in _SENIORITIES.fitting(title) if value in _LOWEST), None)
    departments = list(_DEPARTMENTS.fitting(title))
    if "executive" in departments and seniority not in ("founder", "owner", "board_member", "c_suite"):
        departments.remove("executive")
    return TitleReading(seniority, tuple(departments[:_DEPARTMENTS_MAX]))
