/** The operating systems on which Berth runs, with Node's names. */
export const platforms = ['darwin', 'win32', 'linux'] as const
export type Platform = (typeof platforms)[number]

/** Returns the supported platform for `process.platform`. Treats every other Unix as Linux. */
export function supportedPlatform(platform: string): Platform {
  return platforms.find((supported) => supported === platform) ?? 'linux'
}
