/** True if the page is shown on macOS, whose keyboard shortcuts use Command. */
export const isMac = /\bMac/.test(navigator.userAgent)
