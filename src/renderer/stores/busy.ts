import { defineStore } from 'pinia'
import { ref } from 'vue'

/** The ids of the objects with a running action, so that each list, menu and page of the window knows them. */
export const useBusy = defineStore('busy', () => ({
  containers: ref(new Set<string>()),
  volumes: ref(new Set<string>()),
  networks: ref(new Set<string>()),
}))
