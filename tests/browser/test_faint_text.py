"""What tests of pages lean on: text that is hard to read is found, and no other."""

import re

from playwright.async_api import Page

from tests.browser.axe import faint_text

PAGE = """
  <body style="background: #000; color: #fff">
    <p>read on the ground of the page</p>
    <p id="grey" style="color: #777">x</p>
    <div style="background: #fff"><p id="inherited">x</p></div>
    <p id="through" style="color: rgb(255 255 255 / 0.4)">x</p>
    <div style="background: rgb(255 255 255 / 0.9)"><b id="over-through" style="color: #888">x</b></div>
    <h1 style="font-size: 24px; color: #888">5.9, and large</h1>
    <p id="small" style="font-size: 23px; color: #888">x</p>
    <p style="font-size: 19px; font-weight: 700; color: #888">5.9, and bold</p>
    <div style="height: 40px; background: #fff"></div>
    <p id="shifted" style="position: relative; top: -40px; margin: 0; height: 20px; color: #ddd">x</p>
    <input id="field" value="x" style="background: #fff; color: #999">
    <button disabled style="color: #333; background: #000">off</button>
    <p style="color: #333; visibility: hidden">unseen</p>
    <p style="color: #333; display: none">absent</p>
"""


async def test_text_is_faint_whose_colours_are_too_close_for_its_size(page: Page) -> None:
    await page.set_content(PAGE)
    found = [re.findall(r'id="([^"]+)"', each)[0] for each in await faint_text(page)]
    assert found == ["grey", "inherited", "through", "over-through", "small", "shifted", "field"]
