/* global document, window, location, requestAnimationFrame, CSSStyleSheet */

/** The part of the benchmark `list` that runs in the page. */
const frame = () => new Promise((resolve) => requestAnimationFrame(resolve))
const rows = () => document.querySelectorAll('[data-row]')
const link = (name) => document.querySelector(`nav a[href="/${name}"]`)

window.listBench = {
  /** Opens the list from another page. Returns the milliseconds until `count` rows are painted. */
  async open(count) {
    link('images').click()
    while (rows().length > 0 || !location.pathname.endsWith('images')) await frame()
    const begin = performance.now()
    link('containers').click()
    while (rows().length < count) await frame()
    // The rows are painted before the next frame begins.
    await frame()
    return performance.now() - begin
  },

  /** Makes the table so high that the virtualiser renders every row. Without a height, the table is normal again. */
  setHeight(height) {
    const sheet = new CSSStyleSheet()
    if (height > 0)
      sheet.replaceSync(`:has(> [role="grid"]) { flex: none !important; height: ${height}px !important }`)
    // The page's content security policy allows no style element, but it allows a constructed style sheet.
    document.adoptedStyleSheets = [sheet]
  },

  /** Returns the names of the containers whose rows are on the screen. */
  names() {
    return [...document.querySelectorAll('[data-row] a[href^="/containers/"]')].map(
      ({ textContent }) => textContent,
    )
  },

  /**
   * Waits until a row with this text is painted. Returns the time in milliseconds since the epoch. Fails after a
   * minute, for example because the window is too narrow for the column.
   */
  async painted(text) {
    const limit = performance.now() + 60_000
    const isThere = () =>
      [...document.querySelectorAll('[data-row] span')].some((it) => it.textContent === text)
    while (!isThere()) {
      if (performance.now() > limit) throw new Error(`no row shows “${text}”`)
      await frame()
    }
    await frame()
    return performance.timeOrigin + performance.now()
  },

  /** Scrolls by ten rows in each frame. Returns the longest time between two frames, in milliseconds. */
  async scroll(frames) {
    const table = document.querySelector('[role="grid"]').parentElement
    let longest = 0
    let before = await frame()
    for (let index = 0; index < frames; index++) {
      table.scrollTop += 400
      const now = await frame()
      longest = Math.max(longest, now - before)
      before = now
    }
    table.scrollTop = 0
    await frame()
    return longest
  },
}
