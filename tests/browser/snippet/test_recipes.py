"""The npm package as others get it, and the README's recipes as they stand there, in a real browser."""

import json
import os
import re
import shutil
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.snippet.server import Site

ROOT = Path(__file__).parents[3]
SOURCE = ROOT / "js-snippet"
MODULES = SOURCE / "node_modules"
NAME = "interaction-collector-snippet"
PARTS = ("core", "debug", "feedback", "more", "shot", "vitals")
PATH = os.pathsep.join((os.environ["PATH"], str(ROOT / ".venv" / "bin")))  # where there is no Node, a wheel brings it
VUE = """export default { template: `<button @click="$track('compared', { list: 'wish' })">Compare</button>
  <button @click="fail">Fail</button>`, methods: { fail() { throw new Error("out of stock") } } }"""
MANAGER = """
  const put = (html) => {
    const copy = document.createElement("div");
    copy.innerHTML = html;
    for (const given of copy.querySelectorAll("script")) {
      const script = document.createElement("script");
      script.text = given.text;
      given.replaceWith(script);
    }
    document.body.append(copy);
  };
"""

Bundle = Callable[..., dict[str, bytes]]


def run(*command: str | Path, cwd: Path) -> str:
    program = shutil.which(command[0], path=PATH)
    assert program, f"{command[0]} is missing: make js brings it"
    environment = {**os.environ, "PATH": PATH, "NODE_PATH": str(MODULES)}
    done = subprocess.run(
        [program, *command[1:]], cwd=cwd, env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def application(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder in which the package is installed."""
    folder = tmp_path_factory.mktemp("application")
    [packed] = json.loads(run("npm", "pack", "--json", "--pack-destination", folder, cwd=SOURCE))
    files = {file["path"] for file in packed["files"]}
    wanted = {"LICENSE", "README.md", "package.json", "npm/index.js", "npm/index.d.ts", "npm/protocol.gen.d.ts"}
    assert files == wanted | {f"npm/{part}.js" for part in PARTS}
    with tarfile.open(folder / packed["filename"]) as archive:
        archive.extractall(folder / "node_modules", filter="data")
    (folder / "node_modules" / "package").rename(folder / "node_modules" / NAME)
    (folder / "package.json").write_text('{"type": "module"}')
    yield folder


@pytest.fixture(scope="module")
def bundle(application: Path) -> Bundle:
    """Bundles a text as an application would be; returns the files made."""

    def make(text: str, name: str = "main.js", *options: str) -> dict[str, bytes]:
        (application / name).write_text(text, "utf-8")
        made = application / "made"
        shutil.rmtree(made, ignore_errors=True)
        usual = ("--bundle", "--minify", "--splitting", "--format=esm", "--outdir=made", "--log-level=error")
        node = '--define:process.env.NODE_ENV="production"'
        run(MODULES / ".bin" / "esbuild", name, *usual, node, "--jsx=automatic", *options, cwd=application)
        return {path.name: path.read_bytes() for path in made.iterdir()}

    return make


def recipe(site: Site, heading: str, number: int = 0) -> str:
    """What stands in the README below a heading, for this site."""
    text = (SOURCE / "README.md").read_text("utf-8").split(f"\n### {heading}\n")[1].split("\n## ")[0]
    code = re.findall(r"```\w+\n(.*?)```", text, re.DOTALL)[number]
    for example, here in (("https://shop.example", site.url), ("pk_…", "pk_test")):
        assert number or example in code
        code = code.replace(example, here)
    return str(code)


def opened(site: Site, profile: BrowserContext, files: dict[str, bytes]) -> Page:
    site.files = {f"/{name}": content for name, content in files.items()}
    site.pages["/"] = (
        "<!doctype html><link rel=icon href=data:,><title>Laptops</title><div id=app></div><script type=module src=/main.js></script>"
    )
    page = profile.new_page()
    page.goto(site.url)
    page.wait_for_function("window.ix && ix.on")
    return page


def test_react(site: Site, profile: BrowserContext, bundle: Bundle) -> None:
    page = opened(site, profile, bundle(recipe(site, "React"), "main.jsx"))
    page.get_by_role("button", name="Add to cart").click()
    page.get_by_role("button", name="Compare").click()
    added = site.wait_event("add_to_cart")
    assert (added["product_id"], added["value"], added["currency"]) == ("mbp-16", 2499.5, "EUR")
    compared = site.wait_event("custom")
    assert (compared["name"], compared["props"]) == ("compared", {"list": "wish"})
    page.evaluate("history.pushState(0, '', '/next')")
    assert site.wait_event("navigate")["url"] == site.url + "/next"
    assert len(site.events("page_view")) == 1 and len(site.events("click")) == 2


def test_vue(site: Site, profile: BrowserContext, bundle: Bundle, application: Path) -> None:
    (application / "App.vue").write_text(VUE)
    made = bundle(recipe(site, "Vue"), "main.js", "--loader:.vue=js", "--alias:vue=vue/dist/vue.esm-bundler.js")
    page = opened(site, profile, made)
    page.get_by_role("button", name="Compare").click()
    assert site.wait_event("custom")["name"] == "compared"
    page.get_by_role("button", name="Fail").click()
    assert "out of stock" in site.wait_event("error")["message"]
    assert len(site.events("page_view")) == 1


def test_a_tag_manager(site: Site, profile: BrowserContext) -> None:
    """Managers take what was written for them apart and run its scripts; variables are put in before."""
    site.pages["/"] = "<!doctype html><link rel=icon href=data:,><title>Laptops</title><button>Buy</button>"
    page = profile.new_page()
    page.goto(site.url)
    event = recipe(site, "Tag manager", 1).replace("{{Order value}}", "99.5")
    page.evaluate(
        "([first, second]) => {" + MANAGER + "put(first); put(second) }", [event, recipe(site, "Tag manager")]
    )
    page.wait_for_function("window.ix && ix.on")
    page.click("button")
    assert site.wait_event("click")["target"]["label"] == "Buy"
    [bought] = site.wait_events("purchase")
    assert (bought["value"], bought["currency"]) == (99.5, "EUR")
    assert len(site.events("page_view")) == 1


def test_parts_are_loaded_when_they_are_wanted(site: Site, profile: BrowserContext, bundle: Bundle) -> None:
    call = f'start({{collector: "{site.url}/", key: "pk_test", feedback: "Your opinion", flush: 30}})'
    made = bundle(
        f'import {{ beforeSend, flush, start, track }} from "{NAME}";'
        "beforeSend((event) => ({...event, title: 'T'}));"
        f"track('early'); {call}; {call}; flush().then(() => {{ window.flushed = true }})"
    )
    page = opened(site, profile, made)
    page.wait_for_function("window.flushed")
    assert [event["type"] for event in site.events()] == ["page_view", "custom"]
    assert {event["title"] for event in site.events()} == {"T"}
    expect(page.get_by_role("button", name="Your opinion")).to_be_visible()
    loaded = page.evaluate("performance.getEntriesByType('resource').map((entry) => entry.name)")
    assert not [name for name in loaded if re.search("shot|vitals|debug", name)]


def test_what_is_not_used_is_left_out(bundle: Bundle) -> None:
    """esbuild writes files for `import()` before it looks what is used; nothing refers to them."""
    main = bundle(f'import {{ track }} from "{NAME}"; track("said")')["main.js"]
    assert len(main) < 300 and b"import" not in main and b"identify" not in main


def test_it_can_be_loaded_on_a_server(application: Path) -> None:
    (application / "server.js").write_text(
        f'import {{ flush, start, track }} from "{NAME}"; track("said");'
        'await start({ collector: "/fx", key: "pk_test" }); await flush(); console.log("fine")'
    )
    assert run("node", "server.js", cwd=application) == "fine\n"


@pytest.mark.parametrize("how", ["bundler", "nodenext"])
def test_types_say_what_is_wrong(application: Path, how: str) -> None:
    (application / "types.ts").write_text(
        f'import {{ beforeSend, feedback, start, track }} from "{NAME}";\n'
        'start({ collector: "/fx", key: "pk_test", consent: "pending" });\n'
        'track("compared", { list: "wish" });\n'
        'beforeSend((event) => (event.type === "click" ? null : event));\n'
        "// @ts-expect-error: without a key\nstart({ collector: '/fx' });\n"
        "// @ts-expect-error: not a type\nbeforeSend((event) => (event.type === 'klick' ? null : event));\n"
        "// @ts-expect-error: not a number\nfeedback({ rating: 'five' });\n"
    )
    module = ["--module", "nodenext" if how == "nodenext" else "esnext", "--moduleResolution", how]
    tsc = MODULES / "typescript" / "bin" / "tsc"
    run("node", tsc, "--noEmit", "--strict", "--ignoreConfig", *module, "--types", "", "types.ts", cwd=application)


def test_a_bundle_of_one_classic_script(site: Site, profile: BrowserContext, bundle: Bundle) -> None:
    """There `document.currentScript` is the application's own element."""
    text = f'import {{ start, track }} from "{NAME}"; start({{collector: "{site.url}", key: "pk_test", flush: 30}}); track("said")'
    made = bundle(text, "main.js", "--splitting=false", "--format=iife")
    site.files = {f"/{name}": content for name, content in made.items()}
    site.pages["/"] = "<!doctype html><link rel=icon href=data:,><title>Laptops</title><script src=/main.js></script>"
    profile.new_page().goto(site.url)
    assert site.wait_event("custom")["name"] == "said"
