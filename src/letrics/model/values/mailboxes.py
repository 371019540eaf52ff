"""Where anybody may have a mailbox: the hosts of mail providers and of those who sell connections."""

# The providers that have a host in many countries, with what stands behind their names.
_WORLDWIDE = {
    "yahoo": "com ca co.uk ie fr de it es pt gr se dk no fi nl be at ch pl cz hu ro in co.in co.id co.jp co.kr"
    " co.nz co.th co.za co.il cn cl com.ar com.au com.br com.cn com.co com.hk com.mx com.my com.pe"
    " com.ph com.sg com.tr com.tw com.ve com.vn",
    "ymail": "com",
    "rocketmail": "com",
    "outlook": "com de fr es it at be dk pt ie hu cz sk lv jp kr sg ph my sa in cl co.id co.il co.nz co.th"
    " com.ar com.au com.br com.gr com.tr com.vn",
    "hotmail": "com co.uk fr de it es be ca ch nl se no dk fi gr at pt cl co.il co.in co.jp co.kr co.nz co.th"
    " co.za com.ar com.au com.br com.hk com.mx com.tr com.tw com.vn",
    "live": "com co.uk fr nl de it be ca at dk no se ie ru cl cn in jp co.kr co.za com.ar com.au com.mx com.my"
    " com.ph com.pt com.sg hk",
    "gmx": "com net de at ch fr es us info eu org co.uk",
    "aol": "com de fr it es in jp co.uk com.br",
    "yandex": "com ru ua by kz com.tr",
    "proton": "me",
    "protonmail": "com ch",
    "tutanota": "com de",
    "zohomail": "com eu in",
}
_OTHERS = (
    # All over the world
    "gmail.com googlemail.com msn.com windowslive.com passport.com icloud.com me.com mac.com"
    " privaterelay.appleid.com aim.com pm.me tuta.io tuta.com tutamail.com keemail.me hey.com fastmail.com"
    " fastmail.fm zoho.com hushmail.com mail.com email.com usa.com usa.net inbox.com lycos.com excite.com"
    " duck.com mozmail.com startmail.com mailfence.com runbox.com riseup.net disroot.org"
    # North America
    " comcast.net verizon.net att.net sbcglobal.net bellsouth.net pacbell.net swbell.net ameritech.net snet.net"
    " flash.net cox.net charter.net earthlink.net mindspring.com juno.com netzero.net optonline.net"
    " frontiernet.net windstream.net centurylink.net embarqmail.com suddenlink.net cableone.net rr.com"
    " prodigy.net peoplepc.com sympatico.ca bell.net telus.net videotron.ca cogeco.ca eastlink.ca prodigy.net.mx"
    # South America
    " uol.com.br bol.com.br terra.com.br ig.com.br globomail.com zipmail.com.br fibertel.com.ar arnet.com.ar"
    " speedy.com.ar"
    " ciudad.com.ar"
    # Britain and Ireland
    " btinternet.com btopenworld.com talk21.com sky.com virginmedia.com virgin.net ntlworld.com blueyonder.co.uk"
    " talktalk.net tiscali.co.uk freeserve.co.uk eircom.net indigo.ie"
    # Germany, Austria, Switzerland
    " web.de email.de mail.de t-online.de freenet.de arcor.de online.de online.home.de kabelmail.de"
    " vodafonemail.de unitybox.de alice-dsl.net alice-dsl.de ewetel.net posteo.de posteo.net mailbox.org aon.at"
    " chello.at inode.at utanet.at bluewin.ch bluemail.ch hispeed.ch"
    # France, Belgium, the Netherlands
    " orange.fr wanadoo.fr free.fr laposte.net sfr.fr neuf.fr bbox.fr numericable.fr club-internet.fr"
    " aliceadsl.fr cegetel.net voila.fr telenet.be skynet.be pandora.be ziggo.nl kpnmail.nl kpnplanet.nl"
    " xs4all.nl planet.nl hetnet.nl home.nl chello.nl upcmail.nl casema.nl quicknet.nl zonnet.nl hccnet.nl"
    " wxs.nl"
    # Italy, Spain, Portugal, Greece
    " libero.it virgilio.it tiscali.it tiscalinet.it alice.it tin.it iol.it inwind.it fastwebnet.it email.it"
    " telefonica.net terra.es sapo.pt iol.pt clix.pt netcabo.pt telepac.pt otenet.gr hol.gr"
    # The North and the Baltic
    " online.no comhem.se bredband.net spray.se home.se swipnet.se get2net.dk mail.dk jubii.dk stofanet.dk"
    " luukku.com kolumbus.fi elisanet.fi saunalahti.fi inet.fi suomi24.fi simnet.is mail.ee hot.ee inbox.lv"
    " one.lt takas.lt"
    # Poland, Czechia, Slovakia, Hungary, the South-East, Turkey, Israel
    " wp.pl o2.pl onet.pl onet.eu op.pl vp.pl poczta.fm interia.pl interia.eu tlen.pl go2.pl seznam.cz email.cz"
    " post.cz centrum.cz volny.cz atlas.cz azet.sk centrum.sk zoznam.sk post.sk freemail.hu citromail.hu"
    " t-online.hu indamail.hu abv.bg mail.bg dir.bg eunet.rs mynet.com superonline.com walla.com walla.co.il"
    " 012.net.il netvision.net.il bezeqint.net"
    # Russia, Ukraine
    " mail.ru inbox.ru list.ru bk.ru internet.ru rambler.ru ya.ru ukr.net i.ua meta.ua bigmir.net"
    # Asia
    " qq.com foxmail.com 163.com 126.com yeah.net sina.com sina.cn sohu.com aliyun.com 139.com 189.cn 21cn.com"
    " tom.com naver.com daum.net hanmail.net nate.com empal.com rediffmail.com indiatimes.com docomo.ne.jp"
    " ezweb.ne.jp softbank.ne.jp biglobe.ne.jp ocn.ne.jp so-net.ne.jp nifty.com excite.co.jp hinet.net"
    " pchome.com.tw netvigator.com singnet.com.sg"
    # Australia, New Zealand, South Africa
    " bigpond.com bigpond.net.au bigpond.com.au optusnet.com.au iinet.net.au tpg.com.au westnet.com.au"
    " ozemail.com.au dodo.com.au xtra.co.nz slingshot.co.nz orcon.net.nz paradise.net.nz clear.net.nz ihug.co.nz"
    " mweb.co.za telkomsa.net vodamail.co.za webmail.co.za absamail.co.za"
)
MAILBOXES = frozenset(_OTHERS.split()) | {
    f"{provider}.{ending}" for provider, endings in _WORLDWIDE.items() for ending in endings.split()
}
