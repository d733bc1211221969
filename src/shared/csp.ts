/**
 * The one Content-Security-Policy, sent by both hosts. Styles may be inline because Nuxt UI and xterm make
 * `<style>` elements at run time; scripts, connections and everything else come from our own origin only.
 */
export const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')
