"""Files in a code page, as spreadsheets save them: recognised, and said, never a guess without a word."""

import pytest

from fewtext.errors import FewtextWarning, InputError
from fewtext.files.code_pages import decode_code_page
from fewtext.files.examples import read_support
from fewtext.files.queries import read_queries

TEXTS = [
    (
        "cp1252",
        "problème à l'écran, ça ne marche pas,matériel\nmot de passe oublié à nouveau,compte\ndépôt refusé,carte\n",
    ),
    ("cp1252", "mot de passe perdu,compte\nproblème à l'imprimante,matériel\n"),
    ("cp1252", "¿Dónde está mi contraseña?,cuenta\nla impresora no funciona mañana,impresión\n"),
    ("cp1252", "não consigo fazer a instalação,rede\na impressão não está boa,impressora\n"),
    ("cp1252", "printeren går ikke på,printer\nkan ikke få adgang til mit kørekort æble,konto\n"),
    ("cp1252", "Der Drucker im Büro läuft nicht;Drucker\nGrüße aus Köln, Straße gesperrt;x\n"),
    ("cp1252", "it costs 5 € “today”,billing\ndon’t charge me – please,billing\n"),
    ("cp1250", "Drukarka nie działa źle,drukarka\nzapomniałem hasło ąęśćż,konto\n"),
    ("cp1250", "tiskárna nefunguje správně, řekli že,tisk\nzapomněl jsem heslo k účtu,účet\n"),
    ("cp1250", "a nyomtató nem működik megfelelően,nyomtató\nelfelejtettem a jelszót, kérem,fiók\n"),
    ("cp1250", "drukarka się zepsuła, proszę o pomoc;sprzęt\n"),
    ("cp1250", "tiskárna je příliš pomalá;tisk\n"),
    ("cp1250", "pisač još uvijek šalje grešku, riješite;pisač\npošaljite račun šćućuren;račun\n"),
    ("cp1252", "2 m³ zu wenig geliefert¹, 5 m³ bestellt;Lieferung\nGrüße aus Köln;x\n"),
    ("cp1251", "принтер не печатает;принтер\nзабыл пароль;учётка\n"),
    ("cp866", "принтер не печатает;принтер\nзабыл пароль;учётка\n"),
    ("koi8_r", "принтер не печатает;принтер\nзабыл пароль;учётка\n"),
    ("cp1253", "ο εκτυπωτής δεν λειτουργεί;εκτυπωτής\nξέχασα τον κωδικό;λογ\n"),
    ("cp1254", "yazıcı çalışmıyor, kağıt sıkıştı;yazıcı\nşifremi unuttum;hesap\n"),
    ("cp1255", "המדפסת לא עובדת,מדפסת\nשכחתי את הסיסמה,חשבון\n"),
    ("cp1256", "الطابعة لا تعمل,طابعة\nنسيت كلمة المرور,حساب\n"),
    ("cp932", "プリンターが動きません,印刷\nパスワードを忘れました,口座\n"),
    ("gb18030", "打印机坏了,打印\n忘记密码了,账户\n"),
    ("big5", "印表機壞了,列印\n忘記密碼了,帳戶\n"),
    ("cp949", "프린터가 작동하지 않습니다,인쇄\n비밀번호를 잊어버렸습니다,계정\n"),
    ("mac_roman", "Der Drucker im Büro läuft nicht;Drucker\nGrüße aus Köln, Straße gesperrt;x\n"),
    ("cp850", "Der Drucker im Büro läuft nicht;Drucker\nGrüße aus Köln, Straße gesperrt;x\n"),
    ("cp1252", "café closed,place\nopen now please,hours\n"),
    ("cp1252", "það er bilað,prentari\nég gleymdi lykilorðinu mínu, því miður æ,reikningur\n"),
]


@pytest.mark.parametrize(("encoding", "text"), TEXTS)
def test_texts_of_many_languages_are_read_in_their_code_page(encoding, text):
    decoded = decode_code_page(text.encode(encoding))
    assert decoded is not None and decoded.text == text


def test_the_code_page_is_said_with_a_word_to_judge_it_by(write):
    path = write("s.csv", "text;label\nDrucker geht nicht;IT\nTür klemmt;Haus\n".encode("cp1252"))
    with pytest.warns(FewtextWarning, match=r"read as cp1252 \(Western European Windows\), in which line 3 has 'Tür'"):
        assert read_support(path).texts == ["Drucker geht nicht", "Tür klemmt"]


def test_what_is_no_text_is_an_error(write):
    with pytest.raises(InputError, match="is not UTF-8; it is a binary file"):
        read_support(write("s.csv", b"text,label\n\x89\x01\x02\x03\xff\x05,a\n"))


def test_a_wrong_byte_among_utf_8_is_an_error_and_spoils_no_other_letter(write):
    content = "text,label\nTür klemmt,Haus\nBüro größer,Haus\n".encode() + b"caf\xe9,Haus\n"
    with pytest.raises(InputError, match="s.csv:4: byte .* is not UTF-8"):
        read_support(write("s.csv", content))


TABLE = 'id\ttext\n1\tdie Tür klemmt\n2\tein "Zitat"\n'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_txt_that_a_spreadsheet_saved_is_a_table(write, encoding):
    path = write("q.txt", TABLE.replace("\n", "\r\n").encode(encoding))
    with pytest.warns(FewtextWarning) as said:
        queries = read_queries(path)
    assert "its cells are separated by tabs" in str(said[-1].message) and len(said) == 1 + (encoding == "cp1252")
    assert queries.texts == ["die Tür klemmt", 'ein "Zitat"'] and queries.columns == ["id"]


def test_a_txt_of_texts_with_tabs_stays_a_text_a_line(write):
    assert read_queries(write("q.txt", "one\ttwo\nthree\n")).texts == ["one\ttwo", "three"]
