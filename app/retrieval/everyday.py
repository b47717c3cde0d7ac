"""German as people speak it, and as laws, contracts and school rules write it.

A person asks about the *Chef* and the *Attest*; the document says *Arbeitgeber* and
*ärztliche Bescheinigung*. Each line of the table gives everyday words, a colon, and
what they are called in writing. It was written from general knowledge of the language
for schools and offices, not from any set of questions. Reading goes one way only: an
official word in a question stays what it is.

Invariant: the table holds no empty side (`tests/retrieval/test_everyday.py`).
"""

from __future__ import annotations

import functools

from app import words

_TABLE = """
chef chefin boss vorgesetzter: arbeitgeber
firma laden geschäft: betrieb unternehmen
firmen läden: betriebe unternehmen
mitarbeiter mitarbeiterin mitarbeiterinnen angestellte kollege kollegin kollegen: arbeitnehmer beschäftigte
job jobs arbeitsstelle arbeitsplatz: arbeitsverhältnis beschäftigung
jobben nebenjob zweitjob: erwerbstätigkeit nebentätigkeit
minijob minijobber: geringfügig beschäftigte
azubi azubis lehrling lehrlinge lehrjunge: auszubildende
lehre lehrzeit: berufsausbildung ausbildung
lehrvertrag lehrverträge: berufsausbildungsvertrag
lehrgeld azubigehalt: ausbildungsvergütung vergütung
lehrmeister: ausbildende
praktikant praktikanten praktikantin: praktikum
lohn gehalt gehälter verdienst: arbeitsentgelt vergütung
stundenlohn: mindestlohn arbeitsentgelt
lohnfortzahlung: entgeltfortzahlung
weihnachtsgeld bonus prämie: sondervergütung
überweisen überwiesen auszahlen ausgezahlt: zahlung fällig
resturlaub: urlaub übertragung abgeltung
feierabend arbeitsbeginn arbeitsschluss: arbeitszeit ruhezeit
überstunde überstunden: mehrarbeit
pause pausen: ruhepause
nachts nachtschicht: nachtarbeit
teilzeit halbtags halbtagskraft halbtagskräfte: teilzeitbeschäftigung
stundenzahl: arbeitszeit
rausschmeißen rausschmiss rauswurf rauswerfen rausfliegen rausfliegt gefeuert feuern entlassen entlassung gekündigt: kündigung
hinschmeißen aufhören abbrechen: kündigung beendigung
attest krankschreibung krankenschein krankmeldung krankgeschrieben: ärztliche bescheinigung arbeitsunfähigkeit
krank kranke kranker krankheitsfall: arbeitsunfähigkeit krankheit
kur reha: medizinische vorsorge rehabilitation
arzt ärztin doktor: ärztliche untersuchung
impfung geimpft impfen: schutzimpfung
läuse: kopfläuse verlausung
ansteckend ansteckung: übertragbare krankheit infektion
schwanger schwangere: schwangere frau
babypause: elternzeit mutterschutz
geburt: entbindung
mutterschutz: schutzfristen entbindung
kita krippe kindergarten kitaplatz kindergartenplatz: tageseinrichtung
mama papa mutter vater mütter väter: eltern elternteil
oma opa großeltern: verwandte
teenager jugendliche minderjährige minderjähriger minderjährig: jugendliche
erwachsen volljährig: volljährigkeit
erziehungsberechtigte: personensorgeberechtigte
sorgerecht: elterliche sorge
schlagen prügeln verprügeln ohrfeige: züchtigung körperliche misshandlung
verprügelt: körperverletzung
heirat heiraten hochzeit: ehe eheschließung
scheidung geschieden scheiden: ehe aufhebung scheidung
alimente: unterhalt
erbe erben vererben: erbschaft nachlass
enterbt: pflichtteil
testament: verfügung von todes wegen testament
diskriminierung diskriminiert: benachteiligung
belästigt mobbing gemobbt: belästigung
bewerber bewerbung bewerben: bewerberinnen beschäftigte
stellenanzeige stellenausschreibung jobanzeige: ausschreibung arbeitsplatz
glaube glauben: religion weltanschauung
schadensersatz schmerzensgeld: entschädigung schadensersatz
blechen: haftung
klagen verklagen klage: klage gericht
einspruch beschweren: beschwerde widerspruch
strafe geldstrafe bußgeld: geldbuße ordnungswidrig strafe
gefängnis knast haft: freiheitsstrafe
klauen geklaut stehlen diebstahl: diebstahl wegnahme
betrügen betrüger: betrug
beschimpfen beschimpft: beleidigung
fahrerflucht unfallflucht: unerlaubtes entfernen vom unfallort
betrunken alkoholisiert: alkoholische getränke trunkenheit
saufen alkohol bier schnaps: alkoholische getränke
rauchen zigaretten kippen: tabakwaren
disco disko tanzen: tanzveranstaltung
kneipe lokal wirtshaus restaurant: gaststätte
wirt wirte: gewerbetreibende veranstalter
kellner: gaststättengewerbe
kino: filmveranstaltung
spielhalle zocken: spielhallen
ausweis: nachweis lebensalter
foto fotos bild bilder fotografieren: bildnis bildaufnahme
kamera kameras überwachungskamera: videoüberwachung
internet online: öffentlich zugänglich
erlaubnis genehmigung zustimmung erlauben: einwilligung genehmigung
gespeichert speichern: verarbeitung personenbezogener daten
datenschützer: datenschutzbeauftragte
kreditwürdigkeit schufa: bonität wahrscheinlichkeitswert
hacken: ausspähen von daten zugang
kaution: mietsicherheit sicherheit
wohnung: wohnraum
untermiete untervermieten untermieter: gebrauchsüberlassung an dritte
mieterhöhung: erhöhung der miete vergleichsmiete
kaputt defekt beschädigt: mangel sachmangel
reklamieren reklamation garantie: gewährleistung mängelansprüche
umtauschen zurückgeben zurückschicken: widerruf rücktritt
bestellt bestellen onlinekauf: fernabsatzvertrag
taschengeld: mittel zur freien verfügung
verzugszinsen mahngebühr: verzugszinsen
mehrwertsteuer: umsatzsteuer
finanzamt: finanzbehörde
buchhaltung: buchführung
selbständige selbstständige freiberufler: unternehmer
verfassung: grundgesetz verfassung
kanzler kanzlerin regierungschef regierungschefin: bundeskanzler
staatsoberhaupt: bundespräsident
parlament: bundestag
abgeordneter politiker: abgeordnete
kopieren kopie kopien: vervielfältigung
autor autorin schriftsteller: urheber
lehrerin lehrer: lehrkraft lehrende
schulschwänzen schwänzen: schulversäumnis fehlzeiten
schulleiter rektor direktor: schulleitung
klassenfahrt ausflug: schulfahrt veranstaltung
zeugnis arbeitszeugnis: zeugnis
aufschreiben notieren: aufzeichnung dokumentation
aushängen aushang: aushang bekanntmachung
wehren: notwehr
umbringen töten mord: tötung
ferientage urlaubstage freizeit: urlaub erholungsurlaub
vermieter hausbesitzer vermietet: vermieter wohnraum
demo demonstration demonstrieren: versammlung
aufheben aufgehoben aufbewahren: aufbewahrung aufzubewahren
schulden forderung forderungen: anspruch verbindlichkeit
sitzenbleiben durchfallen durchgefallen: wiederholung nichtbestehen
klassenarbeit klausur schularbeit: leistungsnachweis prüfung
noten note benotung zensur zensuren: leistungsbewertung
gesellenprüfung lehrabschluss abschluss: abschlussprüfung
nachlesen: einsichtnahme auszulegen
bescheid informieren verraten: mitteilung unterrichtung anzeige
lehrstelle ausbildungsstelle: ausbildungsverhältnis
beweisen nachweisen: beweislast nachweis
finderlohn fundsache fundbüro: fund finder
verletzte verletzten verletzter: hilfeleistung verletzung
handy smartphone: mobiltelefon
babys säugling neugeborenes: kind entbindung
vaterschaftsurlaub erziehungsurlaub: elternzeit
kindergeld elterngeld: elterngeld anspruch
stillen: stillende frau
riskant riskante gefährlich: gefährliche arbeiten gefährdung
akkord fließband: akkordarbeit arbeitstempo
schichtdienst schicht schichten: schichtarbeit nachtarbeit
bereitschaft rufbereitschaft abrufen: bereitschaftsdienst arbeit auf abruf
wochenende: samstag sonntag sonntagsruhe
feiertage feiertags ostern weihnachten: gesetzliche feiertage
stempeln stechuhr zeiterfassung: aufzeichnung der arbeitszeit
befristet zeitvertrag jahresvertrag: befristeter arbeitsvertrag
unbefristet festanstellung festvertrag übernommen: unbestimmte zeit arbeitsverhältnis
halbtagsjob teilzeitjob: teilzeitbeschäftigung
vollzeit vollzeitstelle: verlängerung der arbeitszeit
fristlos: wichtiger grund ohne einhaltung einer frist
probe probezeit: probezeit
kündigungsschutzklage arbeitsgericht: anrufung des arbeitsgerichts
sozialauswahl betriebsbedingt: dringende betriebliche erfordernisse
personalrat arbeitnehmervertretung: betriebsrat
mitbestimmen mitreden: mitbestimmung
streik streiken: arbeitskampf
gewerkschafter: gewerkschaft
personalakte: personalakten
bewerbungsgespräch vorstellungsgespräch: einstellung
quote frauenquote: gleichstellung
ungleich ungerecht unfair benachteiligt: benachteiligung
behindert behinderung rollstuhl: schwerbehinderte behinderung
grapschen anmachen antatschen: sexuelle belästigung
gleichberechtigt gleichberechtigung: gleichberechtigt benachteiligung
stasi spitzeln ausspionieren überwachen: überwachung verarbeitung personenbezogener daten
daten datenschutz: personenbezogene daten
löschen gelöscht: recht auf löschung
newsletter werbung: widerspruch verarbeitung
datenleck datenpanne gehackt: verletzung des schutzes personenbezogener daten
chat whatsapp mail email e-mail: elektronische form
unterschreiben unterschrift: schriftform unterzeichnung
notar: notarielle beurkundung notarielle form
stammkapital startkapital gründungskapital: stammkapital
gründen gründung: errichtung gesellschaftsvertrag
pleite bankrott insolvent: insolvenz zahlungsunfähigkeit überschuldung
gewinn gewinne ausschütten: jahresüberschuss gewinnverteilung
teilhaber mitinhaber: gesellschafter
manager direktor: geschäftsführer vorstand
bilanz jahresbilanz: jahresabschluss
inventur: inventar
vollmacht bevollmächtigter: prokura vertretungsmacht
rabatt skonto: entgeltminderung
quittung kassenbon bon: beleg rechnung
schwarzarbeit: beschäftigung ohne anmeldung
steuerhinterzieher steuerbetrug: steuerhinterziehung
steuernummer steuern: steuer
finanzbeamte finanzamt: finanzbehörde
bescheid steuerbescheid: steuerbescheid verwaltungsakt
frist deadline: frist
verspätet zuspät: verspätung
säumnis mahnung: säumniszuschlag verzug
kredit darlehen geliehen leihen: darlehen
zinsen: verzinsung
bürgen bürge: bürgschaft
kaufen gekauft kauf: kaufvertrag
händler verkäufer: unternehmer verkäufer
kunde käufer: verbraucher
handwerker reparieren reparatur: werkvertrag nacherfüllung
umzug ausziehen auszug: kündigung mietverhältnis rückgabe der mietsache
schimmel heizung: mangel der mietsache minderung
nebenkosten heizkosten: betriebskosten
eigenbedarf: berechtigtes interesse kündigung wohnraum
makler: maklervertrag
nachbar nachbarn: grundstück eigentümer
lärm krach laut: immissionen geräusche
hund katze haustier: tier tierhalter
spielzeug: sache
erwachsene erwachsener: volljährig
unmündig: minderjährige
verlobt: verlöbnis
ehemann ehefrau ehepartner: ehegatte
trennung getrennt: getrenntleben scheidung
nachname familienname: ehename geburtsname
adoptieren adoptiert: annahme als kind
pflegekind pflegeeltern: vollzeitpflege pflegeperson
tagesmutter: kindertagespflege
kinderheim: heimerziehung einrichtung
jugendamt: jugendamt jugendhilfe
sorgerecht besuchsrecht: elterliche sorge umgang
unterhalt alimente: unterhaltspflicht
betreuer entmündigt: rechtliche betreuung
patientenverfügung: patientenverfügung
erblasser gestorben verstorben tod: erblasser erbfall
dieb einbrecher einbruch: diebstahl einbruchdiebstahl
rauben raubüberfall überfall: raub
erpressen erpresser: erpressung
drohen bedrohen: bedrohung
vergewaltigung missbrauch: sexuelle nötigung missbrauch
lügen falschaussage: falsche aussage
fälschen gefälscht: urkundenfälschung
drogen kiffen: betäubungsmittel
hakenkreuz nazisymbole: kennzeichen verfassungswidriger organisationen
hetze volksverhetzung: volksverhetzung
zerstören zerstört vandalismus zerkratzen graffiti: sachbeschädigung
einsperren eingesperrt: freiheitsberaubung
stalking nachstellen: nachstellung
festnehmen verhaften verhaftet: festnahme freiheitsentziehung
hausdurchsuchung durchsuchen: durchsuchung wohnung
briefe post: briefgeheimnis
zeitung presse journalisten: pressefreiheit
kirche gottesdienst: religionsgemeinschaft religionsausübung
flüchtling flüchtlinge geflüchtete: asylrecht politisch verfolgte
enteignen wegnehmen: enteignung
wehrdienst bundeswehr militär: streitkräfte
flagge fahne: bundesflagge
minister ministerin: bundesminister
absetzen stürzen: misstrauen
wähler wahlrecht wahlalter: wahlberechtigt
bundesland länder: länder
gesetz gesetze verabschieden: gesetzgebung
richter gericht: rechtsprechung
abschreiben plagiat: vervielfältigung urheberrecht
raubkopie kopieren kopiert runterladen downloaden download: vervielfältigung
musik lied song: werk
fotograf: lichtbildwerk lichtbild
maler bildhauer künstler: urheber werk
übersetzen übersetzung: bearbeitung
verlag: verlag nutzungsrecht
parodie karikatur meme: parodie
corona grippe seuche epidemie: übertragbare krankheit
quarantäne isolation: absonderung
masern: masernschutz impfschutz
impfpass: impfausweis
gesundheitszeugnis küche: belehrung gesundheitsamt
magersüchtig kranksein: krankheit
werbung tabakwerbung: werbung
videospiel videospiele games computerspiel: spielprogramme
altersfreigabe fsk usk: kennzeichnung freigabe
porno pornos: pornographische jugendgefährdende
ausgehen weggehen party feiern: tanzveranstaltung gaststätte
begleitung aufpasser: erziehungsbeauftragte person
berufsschultag berufsschule: berufsschulunterricht freistellung
arbeitskleidung werkzeug: ausbildungsmittel
berichtsheft: ausbildungsnachweis
prüfer prüferin: prüfungsausschuss
umschulen: umschulung
weiterbildung fortbilden: fortbildung
meister meisterprüfung: fachliche eignung
trinkgeld: trinkgeld zuwendung
spesen fahrtkosten: aufwendungsersatz
gewerbeschein anmelden: anzeige gewerbe
anweisung anweisungen befehlen anordnen: weisungsrecht
versetzen versetzung: versetzung
dienstwagen firmenwagen: sachbezug
konkurrenz konkurrenzverbot: wettbewerbsverbot
vereinsvorsitzender: vorstand
samstags samstag: samstagsruhe
sonntags sonntag: sonntagsruhe
melden: anzeige mitteilung
wählen: wahlberechtigt
beweise: beweislast
meinung: meinungsfreiheit
auskunft: auskunftsrecht
dazuzahlen zuzahlung aufstocken: zuschuss
minderjährige: jugendliche
frei freinehmen freigestellt freibekommen: freistellung
freie: urlaub freistellung
resturlaub urlaubsanspruch: urlaub abgeltung
geld bezahlung bezahlt: entgelt vergütung
männer frauen mann frau: geschlecht
mädchen junge jungen: kinder jugendliche
mitschüler klassenkamerad: schüler
"""


@functools.cache
def _written() -> dict[str, tuple[str, ...]]:
    """Return stem of an everyday word → the words that documents use."""
    result: dict[str, tuple[str, ...]] = {}
    for line in _TABLE.strip().splitlines():
        spoken, written = line.split(":")
        for word in words.words(spoken, "de"):
            key = words.stem(word, "de")
            result[key] = (*result.get(key, ()), *written.split())
    return result


def written_words(word: str) -> tuple[str, ...]:
    """Return what an everyday German word is called in writing; () where nothing else."""
    return _written().get(words.stem(words.fold(word, "de"), "de"), ())


def in_writing(question: str) -> str:
    """Return the question followed by the written words for its everyday words."""
    folded = words.words(question, "de")
    added = dict.fromkeys(w for word in folded for w in written_words(word))
    return " ".join([question, *added])
