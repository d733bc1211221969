/**
 * The Content-Security-Policy that both app hosts send. Inline styles are allowed, because Nuxt UI and xterm create
 * `<style>` elements at run time. Images may be `data:` URLs. All other content must come from Berth's own origin.
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
