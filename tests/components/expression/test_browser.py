"""The line of an expression as a person uses it: typed with completion, clicked together, never lost."""

import json
import re

import pytest
from playwright.sync_api import expect

from tests.support.components import component_server, fresh_visit, module_url, watched_page
from tests.support.hands import clicks_at_once
from tests.support.patience import at_rest, eventually

# The page parses with a grammar of one rule: a "?" is wrong, and so is a sign at the end.
BODY = """
import html
import json
from ui.components.expression.view import Fault, Word, expression_view
state = st.session_state
text = state.setdefault("text", st.query_params.get("text", ""))
log = state.setdefault("log", [])
state.runs = state.get("runs", 0) + 1
words = [Word(str(digit), str(digit), "class") for digit in range(10)]
words += [Word(name, name, "class") for name in ("cat", "dog")]
words += [Word(f"{name}:", f"{name}:", "picture") for name in ("cat", "dog")]
words += [Word(name, name, "concept") for name in ("smile", "small", "unsmiling")]
words += [
    Word("hair length", '"hair length"', "concept"),
    Word("<b>bold</b> a very long name of a group that somebody gave to it", '"<b>"', "group"),
]
fault = None
if "?" in text:
    fault = Fault(text.index("?"), 1, "found '?': expected a name, a number or a bracket <i>x</i>")
elif text.rstrip().endswith(("+", "-")):
    fault = Fault(len(text), 0, "found the end: expected a name after the sign")
if st.button("From Python"):
    state.text = text = "cat + dog"
    fault = None
examples = ["7 - 1 + 4", "cat:12 - cat:40 + dog:3", '5 + 1.5*"hair length"']
sent = expression_view("line", text, words, fault=fault, examples=examples)
if sent is not None:
    log.append(sent)
    state.text = sent.upper() if "upper" in st.query_params else sent
    st.rerun()
state.again = state.get("again", 0) + st.button("Again")
st.html(f'<p class="log">{html.escape(json.dumps(log))}</p><p class="runs">{state.runs}</p>')
st.html(f'<p class="again">{state.again}</p>')
"""
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@pytest.fixture(scope="module")
def line_server(tmp_path_factory):
    running = component_server(tmp_path_factory.mktemp("expression"), BODY)
    yield running
    running.stop()


@pytest.fixture
def page(window, line_server):
    with fresh_visit(window, line_server.url) as page:
        chip(page, "7").wait_for()
        yield page


def line(page):
    return page.get_by_role("combobox", name="Expression")


def options(page):
    return page.get_by_role("option")


def chip(page, name):
    return page.get_by_role("tabpanel").get_by_role("button", name=name, exact=True)


def sign(page, name):
    return page.get_by_role("group", name="Signs").get_by_role("button", name=name)


def tab(page, name):
    return page.get_by_role("tab", name=name)


def log(page, *texts):
    """Waits until Python has been sent these texts and no others."""
    expect(page.locator(".log")).to_have_text(json.dumps(texts))


def runs(page):
    return int(page.locator(".runs").inner_text())


def run_again(page):
    """Runs the page once more, and waits until it has been answered."""
    before = int(page.locator(".again").inner_text())
    page.get_by_role("button", name="Again").click()
    expect(page.locator(".again")).to_have_text(str(before + 1))
    at_rest(page)


def caret(page):
    return line(page).evaluate("input => [input.selectionStart, input.selectionEnd]")


def marked(page):
    """The characters with a line under them, and how far the arrow is from the middle of the first."""
    text = page.locator(".wrong").inner_text()
    offset = page.locator(".wrong").evaluate(
        """wrong => {
          const fault = wrong.getRootNode().querySelector("[data-part=fault]");
          const arrow = fault.getBoundingClientRect().left + parseFloat(fault.style.getPropertyValue("--at"));
          const box = wrong.getBoundingClientRect();
          return arrow - (box.left + box.width / wrong.textContent.length / 2);
        }"""
    )
    return text, offset


def marks(page, text):
    """Waits until ``text`` has a line under it and the arrow points to its first character."""
    expect(page.locator(".wrong")).to_be_visible()
    eventually(page, lambda: marked(page)[0] == text and abs(marked(page)[1]) < 1.5)


def stands_at(page, before):
    """Waits until the line under what is wrong begins where the input shows it, ``before`` before it."""
    eventually(page, lambda: abs(gap_to_text(page, before)) < 1)


# What a click has made of the line, and whether the next word is subtracted.
LOOK = """
(() => {
  const root = [...document.querySelectorAll("*")].map((one) => one.shadowRoot).find(
    (root) => root?.querySelector("[data-part=expression]")) ?? document;
  return [root.querySelector("[data-part=input]").value,
    root.querySelector("[aria-label=Minus]").getAttribute("aria-pressed")];
})()
"""


def gap_to_text(page, before):
    """How far the line under what is wrong begins from where the input shows it, ``before`` before it."""
    return line(page).evaluate(
        """(input, before) => {
          const style = getComputedStyle(input), paper = document.createElement("canvas").getContext("2d");
          paper.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
          const left = input.getBoundingClientRect().left + input.clientLeft + parseFloat(style.paddingLeft);
          const wrong = input.getRootNode().querySelector(".wrong").getBoundingClientRect();
          return wrong.left - (left + paper.measureText(before).width - input.scrollLeft);
        }""",
        before,
    )


def test_a_name_is_completed_while_it_is_typed(page):
    line(page).click()
    expect(options(page)).to_have_count(0)
    page.keyboard.type("1.5*sm")
    expect(options(page)).to_have_text([re.compile("^smile"), re.compile("^small"), re.compile("^unsmiling")])
    expect(options(page).first.locator(".kind")).to_have_text("concept")
    expect(line(page)).to_have_attribute("aria-expanded", "true")
    expect(line(page)).to_have_attribute("aria-activedescendant", options(page).first.get_attribute("id"))
    page.keyboard.press("ArrowDown")
    expect(options(page).nth(1)).to_have_attribute("aria-selected", "true")
    expect(line(page)).to_have_attribute("aria-activedescendant", options(page).nth(1).get_attribute("id"))
    page.keyboard.press("Enter")
    expect(line(page)).to_have_value("1.5*small")
    expect(options(page)).to_have_count(0)
    expect(line(page)).to_have_attribute("aria-expanded", "false")
    page.keyboard.type(" + hair l")
    page.keyboard.press("Tab")
    expect(line(page)).to_have_value('1.5*small + "hair length"')
    expect(line(page)).to_be_focused()
    log(page)
    page.keyboard.press("Enter")
    log(page, '1.5*small + "hair length"')
    expect(line(page)).to_be_focused()
    page.keyboard.press("Control+z")
    expect(line(page)).to_have_value("1.5*small + hair l")


def test_what_is_whole_is_sent_and_not_completed(page):
    line(page).click()
    page.keyboard.type("cat")
    expect(options(page)).to_have_text([re.compile("^cat:")])
    expect(line(page)).not_to_have_attribute("aria-activedescendant", re.compile("."))
    page.keyboard.press("Enter")
    log(page, "cat")
    page.keyboard.type(" - 7")
    page.keyboard.press("Enter")
    log(page, "cat", "cat - 7")


def test_the_list_closes_and_comes_back(page):
    line(page).click()
    page.keyboard.type("d")
    expect(options(page)).not_to_have_count(0)
    page.keyboard.press("Escape")
    expect(options(page)).to_have_count(0)
    expect(line(page)).to_have_value("d")
    page.keyboard.press("ArrowDown")
    expect(options(page)).not_to_have_count(0)
    options(page).filter(has_text="picture").first.click()
    expect(line(page)).to_have_value("dog:")
    expect(line(page)).to_be_focused()
    page.keyboard.type("3 + c")
    expect(options(page)).not_to_have_count(0)
    page.keyboard.press("Shift+Tab")
    expect(options(page)).to_have_count(0)
    expect(line(page)).to_have_value("dog:3 + c")
    run_again(page)
    log(page)


def test_letters_do_not_run_the_page(page):
    line(page).click()
    at_rest(page)
    before = runs(page)
    page.keyboard.type("rcrc RC")
    expect(line(page)).to_have_value("rcrc RC")
    run_again(page)
    expect(page.locator(".runs")).to_have_text(str(before + 1))
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_an_expression_is_clicked_together(page):
    # In one turn: between two clicks a slow machine has the time to send what is there.
    seven, minus, one, four = chip(page, "7"), sign(page, "Minus"), chip(page, "1"), chip(page, "4")
    assert clicks_at_once(page, seven, minus, one, four, look=LOOK) == [
        ["7", "false"],
        ["7 - ", "true"],
        ["7 - 1", "false"],
        ["7 - 1 + 4", "false"],
    ]
    log(page, "7 - 1 + 4")
    run_again(page)
    tab(page, "Concepts").click()
    back = sign(page, "Take back")
    assert clicks_at_once(page, chip(page, "hair length"), back, back, look=LOOK) == [
        ['7 - 1 + 4 + "hair length"', "false"],
        ["7 - 1 + 4 + ", "false"],
        ["7 - 1 + 4", "false"],
    ]
    page.wait_for_timeout(600)
    run_again(page)
    log(page, "7 - 1 + 4")


def test_nothing_is_sent_while_something_is_missing(page):
    sign(page, "Open bracket").click()
    chip(page, "7").click()
    sign(page, "Minus").click()
    page.wait_for_timeout(600)
    chip(page, "1").click()
    page.wait_for_timeout(600)
    log(page)
    sign(page, "Close bracket").click()
    log(page, "(7 - 1)")
    sign(page, "Times").click()
    page.keyboard.type("2")
    expect(line(page)).to_have_value("(7 - 1)*")
    page.get_by_role("button", name="Show").click()
    log(page, "(7 - 1)", "(7 - 1)*")


def test_a_picture_is_clicked_and_its_number_typed_over(page):
    tab(page, "Pictures").click()
    chip(page, "cat:").click()
    expect(line(page)).to_have_value("cat:0")
    log(page, "cat:0")
    expect(line(page)).to_be_focused()
    page.keyboard.type("12")
    expect(line(page)).to_have_value("cat:12")
    page.keyboard.press("Enter")
    log(page, "cat:0", "cat:12")


def test_words_go_where_the_caret_is(page):
    line(page).fill("7 + 4")
    line(page).evaluate("input => input.setSelectionRange(0, 0)")
    tab(page, "Concepts").click()
    chip(page, "smile").click()
    expect(line(page)).to_have_value("smile + 7 + 4")
    eventually(page, lambda: caret(page), [5, 5])
    sign(page, "Minus").click()
    chip(page, "small").click()
    expect(line(page)).to_have_value("smile - small + 7 + 4")


def test_an_example_is_sent_and_can_be_taken_back(page):
    line(page).click()
    page.keyboard.type("mine")
    page.get_by_role("button", name="cat:12 - cat:40 + dog:3").click()
    log(page, "cat:12 - cat:40 + dog:3")
    expect(line(page)).to_have_value("cat:12 - cat:40 + dog:3")
    page.keyboard.press("Control+z")
    expect(line(page)).to_have_value("mine")


def test_a_fault_is_marked_at_its_character(page):
    line(page).fill("cat + 7 ? dog")
    line(page).press("Enter")
    fault = page.locator("[data-part=fault]")
    expect(fault).to_have_text("found '?': expected a name, a number or a bracket <i>x</i>")
    expect(page.locator("[data-part=fault] i")).to_have_count(0)
    marks(page, "?")
    expect(line(page)).to_have_attribute("aria-invalid", "true")
    expect(line(page)).to_have_attribute("aria-describedby", fault.get_attribute("id"))
    lines = page.locator(".wrong").evaluate("wrong => getComputedStyle(wrong).textDecoration")
    assert "wavy" in lines
    stands_at(page, "cat + 7 ")
    line(page).press("End")
    page.keyboard.type("s")
    expect(fault).to_be_hidden()
    expect(line(page)).to_have_attribute("aria-invalid", "false")
    page.keyboard.press("Backspace")
    expect(fault).to_be_visible()


def test_faults_at_the_end_behind_wide_characters_and_out_of_sight(page):
    line(page).fill("cat +")
    line(page).press("Enter")
    expect(page.locator("[data-part=fault]")).to_contain_text("found the end")
    marks(page, "\u00a0")
    line(page).fill("😀 ? cat")
    line(page).press("Enter")
    log(page, "cat +", "😀 ? cat")
    expect(page.locator(".wrong")).to_have_text("?")
    line(page).fill("?" + " + smile" * 40)
    line(page).press("Enter")
    expect(page.locator("[data-part=fault]")).to_be_visible()
    expect(page.locator(".wrong")).to_have_text("?")
    line(page).evaluate("input => { input.scrollLeft = 0; }")
    expect(page.locator(".wrong")).to_be_in_viewport()
    marks(page, "?")
    for end in ("?", " +"):
        text = "7" + " + smile" * 40 + end
        line(page).fill(text)
        line(page).press("Enter")
        line(page).press("End")
        expect(page.locator(".wrong")).to_be_visible()
        expect(page.locator("[data-part=fault]")).to_contain_text("?" if end == "?" else "found the end")
        eventually(page, lambda: line(page).evaluate("input => input.scrollLeft") > 1_000)
        stands_at(page, text.removesuffix("?"))
        marks(page, "?" if end == "?" else "\u00a0")


def test_nothing_is_lost_over_a_run(page):
    line(page).click()
    page.keyboard.type("7 + sm")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Escape")
    run_again(page)
    expect(line(page)).to_have_value("7 + sm")
    eventually(page, lambda: caret(page), [5, 5])
    page.get_by_role("button", name="From Python").click()
    expect(line(page)).to_have_value("cat + dog")
    line(page).press("End")
    page.keyboard.type(" + 1")
    run_again(page)
    expect(line(page)).to_have_value("cat + dog + 1")


@pytest.mark.parametrize("way", ["plain", "upper"])
def test_what_is_typed_while_python_works_stays(window, line_server, way):
    with fresh_visit(window, f"{line_server.url}/?{way}=1") as page:
        chip(page, "7").wait_for()
        line(page).fill("cat")
        # In one turn: what Python answers comes after what is typed.
        line(page).evaluate(
            """input => {
              input.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
              document.execCommand("insertText", false, " + dog");
            }"""
        )
        expect(line(page)).to_have_value("cat + dog")
        log(page, "cat")
        run_again(page)
        page.wait_for_timeout(200)
        expect(line(page)).to_have_value("cat + dog")
        line(page).press("Enter")
        log(page, "cat", "cat + dog")
        expect(line(page)).to_have_value("CAT + DOG" if "upper" in way else "cat + dog")


def test_a_text_that_is_too_long_stays_and_says_so(page):
    long = "7 + " * 600
    line(page).fill(long)
    line(page).press("Enter")
    expect(page.locator("[data-part=fault]")).to_contain_text("2400 characters: expected at most 2000")
    expect(line(page)).to_have_value(long)
    run_again(page)
    log(page)


def test_a_hostile_address_is_text(window, line_server):
    address = line_server.url + "/?text=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E%0a%07%3F"
    with fresh_visit(window, address) as page:
        chip(page, "7").wait_for()
        expect(line(page)).to_have_value("<img src=x onerror=alert(1)>?")
        expect(page.locator(".wrong")).to_have_text("?")
        expect(page.locator("[data-part=mirror] img")).to_have_count(0)


def test_tabs_and_chips_with_keys(page):
    tab(page, "Classes").focus()
    page.keyboard.press("ArrowRight")
    expect(tab(page, "Pictures")).to_be_focused()
    expect(tab(page, "Pictures")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(tab(page, "Groups")).to_be_focused()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Tab")
    expect(chip(page, "smile")).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(line(page)).to_have_value("small")
    log(page, "small")
    expect(chip(page, "small")).to_be_focused()


def test_a_finger_on_a_phone(chromium, line_server):
    with watched_page(chromium, line_server, **PHONE) as page:
        tab(page, "Groups").tap()
        page.get_by_role("tabpanel").get_by_role("button").first.tap()
        log(page, '"<b>"')
        expect(line(page)).not_to_be_focused()
        line(page).tap()
        page.keyboard.type(" + a")
        expect(options(page)).to_have_count(5)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        small = page.locator("[data-part=expression]").evaluate(
            """root => [...root.querySelectorAll("button, [role=option], input")].map(
              e => [e.textContent, e.getBoundingClientRect()]
            ).filter(([, box]) => box.height < 44 || box.width < 44 || box.right > 390 || box.left < 0)
            .map(([text]) => text)"""
        )
        assert small == []


MODULE = """
async address => {
  const m = await import(address);
  const words = [["smile", "smile"], ["hair length", '"hair length"'], ["cat:", "cat:"]].map(
    ([text, insert]) => ({ text, insert, kind: text === "cat:" ? "picture" : "concept" }));
  const split = text => [text.replace("|", ""), text.indexOf("|")];
  const done = (how, text, extra) => {
    const [plain, caret] = split(text);
    const change = how(plain, caret, extra);
    const after = m.edited(plain, change.edit);
    return after.slice(0, change.caret) + "|" + after.slice(change.caret);
  };
  const completed = text => {
    const [plain, caret] = split(text);
    return m.completionsAt(plain, caret, words).options.map(({ edit }) => m.edited(plain, edit));
  };
  return cases => cases.map(([how, text, extra]) => (
    how === "complete" ? completed(text) : how === "whole" ? m.isWhole(text) : done(m[how], text, extra)));
}
"""
CASES = [
    ("withOperand", "|", "7", "7|"),
    ("withOperand", "7|", "1", "7 + 1|"),
    ("withOperand", "7  |", "1", "7 + 1|"),
    ("withOperand", "7 - |", "1", "7 - 1|"),
    ("withOperand", "7 -|", "1", "7 - 1|"),
    ("withOperand", "-|", "1", "-1|"),
    ("withOperand", "(-|", "1", "(-1|"),
    ("withOperand", "1.5*|", "smile", "1.5*smile|"),
    ("withOperand", "1.5 * |", "smile", "1.5 * smile|"),
    ("withOperand", "(|)", "7", "(7|)"),
    ("withOperand", "(7)|", "1", "(7) + 1|"),
    ("withOperand", "smi|le - 7", "1", "smile + 1| - 7"),
    ("withOperand", "| 7", "1", "1| + 7"),
    ("withOperand", '"a + b|c"', "1", '"a + bc" + 1|'),
    ("withOperand", "7|", "(", "7 + (|"),
    ("withOperand", "|7", "(", "(|7"),
    ("withSign", "7|", "-", "7 - |"),
    ("withSign", "7 - |", "-", "7|"),
    ("withSign", "7 - |", "+", "7 + |"),
    ("withSign", "7 + |", "*", "7*|"),
    ("withSign", "7 − |", "+", "7 + |"),
    ("withSign", "|", "-", "-|"),
    ("withSign", "(|", "-", "(-|"),
    ("withSign", "(7 - 1|", ")", "(7 - 1)|"),
    ("withSign", '"a -|b"', "-", '"a -b" - |'),
    ("withoutLast", "7 - 1|", "", "7 - |"),
    ("withoutLast", "|", "", "|"),
    ("complete", "7 + smi|", "", ["7 + smile"]),
    ("complete", "7 + s|mi - 1", "", ["7 + smile - 1"]),
    ("complete", "hair le|", "", ['"hair length"']),
    ("complete", '"hai|', "", ['"hair length"']),
    ("complete", '7 + "hai| + 1', "", ['7 + "hair length" + 1']),
    ("complete", "concept:c|", "", []),
    ("complete", "concept:sm|", "", ["smile"]),
    ("complete", "ca|:12", "", ["cat:12"]),
    ("complete", "7 + |", "", []),
    ("complete", "1.5*|", "", []),
    ("whole", "7 - 1", "", True),
    ("whole", "7 -", "", False),
    ("whole", "cat:", "", False),
    ("whole", "(7", "", False),
    ("whole", '"a', "", False),
    ("whole", '"a (" + 7', "", True),
    ("whole", "", "", False),
]


def test_what_becomes_of_a_text(page):
    address = module_url(page, "/expression/expression.js", "/expression/text.js")
    found = page.evaluate(
        f"async ([address, cases]) => (await ({MODULE.strip()})(address))(cases)",
        [address, [case[:3] for case in CASES]],
    )
    for case, result in zip(CASES, found, strict=True):
        assert result == case[3], case
