"""GET /docs: the reference as a page, which works without the internet."""

import re

import httpx
import pytest

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)
ASSETS = {
    "/docs/swagger-ui.css": "text/css; charset=utf-8",
    "/docs/swagger-ui-bundle.js": "text/javascript; charset=utf-8",
    "/docs/start.js": "text/javascript; charset=utf-8",
}


async def test_the_reference_is_a_page_for_everybody(nobody: httpx.AsyncClient) -> None:
    page = await nobody.get("/docs")

    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.text.startswith("<!doctype html>")
    assert '<div id="swagger-ui">' in page.text


async def test_the_page_is_made_of_what_we_serve(nobody: httpx.AsyncClient) -> None:
    page = (await nobody.get("/docs")).text

    named = set(re.findall(r'(?:src|href)="([^"]*)"', page)) - {"data:,"}
    assert named == ASSETS.keys()
    assert "<script>" not in page


@pytest.mark.parametrize("asset", ASSETS)
async def test_an_asset_is_served_as_what_it_is(nobody: httpx.AsyncClient, asset: str) -> None:
    answer = await nobody.get(asset)

    assert answer.status_code == 200
    assert answer.headers["content-type"] == ASSETS[asset]
    assert len(answer.content) > 50


async def test_the_script_loads_the_document(nobody: httpx.AsyncClient) -> None:
    start = (await nobody.get("/docs/start.js")).text

    assert 'url: "/openapi.json"' in start


@pytest.mark.parametrize("address", ["/docs", "/docs/start.js", "/docs/swagger-ui.css"])
async def test_the_page_names_no_other_host(nobody: httpx.AsyncClient, address: str) -> None:
    content = (await nobody.get(address)).text

    loaded = re.findall(r"""(?:url\(|@import|src=|href=|url: )\s*["']?([^"')\s]{1,99})""", content)
    assert loaded
    assert all(each.startswith(("/docs/", "/openapi.json", "data:")) for each in loaded)


@pytest.mark.parametrize("address", ["/docs", *ASSETS])
async def test_the_browser_is_told_to_load_nothing_from_elsewhere(
    nobody: httpx.AsyncClient, address: str
) -> None:
    answer = await nobody.get(address)

    assert answer.headers.get_list("content-security-policy") == [POLICY]
