import { defineStore } from 'pinia'

/** Which session the shell tab of a container shows: it goes on while another tab or page is looked at. */
export const useShells = defineStore('shells', () => {
  const sessions = new Map<string, string>()
  return {
    of: (containerId: string) => sessions.get(containerId),
    remember: (containerId: string, sessionId: string | undefined) => {
      if (sessionId === undefined) sessions.delete(containerId)
      else sessions.set(containerId, sessionId)
    },
  }
})
