/** Removes the user, the password or the token from a URL, so that it may be kept. Any other text stays as it is. */
export function withoutUserInfo(url: string): string {
  return url.replace(/^([\w+.-]+:\/\/)[^/?#]*@/, '$1')
}
