/** The page for a browser without the cookie. The page explains how to log in, and reveals nothing else. */
export const loginRequiredPage = page(
  'Berth',
  `<h1>Berth</h1>
<p>Open Berth with the link that it printed in its terminal: it ends in <code>/login?token=…</code>.</p>
<p lang="ko">터미널에 표시된 링크(<code>/login?token=…</code>)로 Berth를 여세요.</p>`,
)

/** Redirects to the app from Berth's own origin, so that the browser sends the SameSite=Strict cookie. */
export const loggedInPage = page(
  'Berth',
  '<p><a href="/">Berth</a></p>',
  '<meta http-equiv="refresh" content="0; url=/">',
)

function page(title: string, body: string, head = ''): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>${title}</title>${head}</head>
<body>
${body}
</body>
</html>
`
}
