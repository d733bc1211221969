import { fileURLToPath } from 'node:url'
import ui from '@nuxt/ui/vite'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'

const repository = fileURLToPath(new URL('.', import.meta.url))

/** The renderer: one bundle for both app hosts. It contains the icons, so it never loads anything from elsewhere. */
export default defineConfig({
  root: fileURLToPath(new URL('src/renderer', import.meta.url)),
  base: '/',
  build: {
    outDir: fileURLToPath(new URL('dist/renderer', import.meta.url)),
    emptyOutDir: true,
    // Inlined assets are data: URLs, which the content security policy allows for images only.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 900,
    rolldownOptions: {
      checks: { bundlerTimings: false },
      // The modules of src/shared only define things. So a page gets only those that it uses, and rarely zod.
      treeshake: { moduleSideEffects: [{ test: /\/src\/shared\//, sideEffects: false }] },
    },
  },
  define: {
    __VUE_OPTIONS_API__: false,
  },
  plugins: [
    vue(),
    ui({
      root: repository,
      autoImport: false,
      components: false,
      dts: false,
      colorMode: false,
      // Styles only for the components that Berth uses.
      experimental: { componentDetection: true },
      icon: { clientBundle: { scan: { globInclude: ['src/renderer/**/*.{vue,ts}'] }, sizeLimitKb: 512 } },
      ui: {
        colors: {
          primary: 'blue',
          neutral: 'zinc',
          success: 'green',
          warning: 'amber',
          error: 'red',
          info: 'sky',
        },
        button: {
          defaultVariants: { size: 'sm' },
          // Nuxt UI makes a button under the pointer translucent, and its text then has too little contrast.
          compoundVariants: [
            {
              color: 'primary' as const,
              variant: 'solid' as const,
              class:
                'hover:bg-primary-700 active:bg-primary-700 dark:hover:bg-primary-300 dark:active:bg-primary-300',
            },
            {
              color: 'warning' as const,
              variant: 'solid' as const,
              class:
                'hover:bg-warning-800 active:bg-warning-800 dark:hover:bg-warning-300 dark:active:bg-warning-300',
            },
            {
              color: 'error' as const,
              variant: 'solid' as const,
              class:
                'hover:bg-error-800 active:bg-error-800 dark:hover:bg-error-300 dark:active:bg-error-300',
            },
          ],
        },
        modal: {
          slots: { title: 'text-base' },
          variants: { overlay: { true: { overlay: 'bg-black/35 dark:bg-black/60' } } },
        },
        // Nuxt UI enlarges fields in narrow windows because phones zoom into small ones. Berth runs on desktops only.
        input: { variants: { size: { md: { base: 'text-sm/5' } } } },
        inputMenu: { variants: { size: { md: { base: 'text-sm/5' } } } },
        inputNumber: { variants: { size: { md: 'text-sm/5' } } },
        select: { variants: { size: { md: { base: 'text-sm/5' } } } },
        textarea: { variants: { size: { md: { base: 'text-sm/5' } } } },
        tooltip: { slots: { content: 'max-w-sm h-auto whitespace-normal' } },
      },
    }),
  ],
})
