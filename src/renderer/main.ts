import './style.css'
import ui from '@nuxt/ui/vue-plugin'
import { createPinia } from 'pinia'
import { createApp } from 'vue'
import App from './App.vue'
import { showLanguage } from './lib/i18n'
import { router } from './router'
import { usePreferences } from './stores/preferences'

// Some pages load zod. Without this setting, zod tries `new Function`, which violates the content security policy.
Object.assign(globalThis, { __zod_globalConfig: { jitless: true } })

const app = createApp(App).use(createPinia()).use(router).use(ui)
await showLanguage(usePreferences().language)
app.mount('#app')
