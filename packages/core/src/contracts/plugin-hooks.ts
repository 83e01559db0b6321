/** The plugins of a config, checked, and their hooks as the engine calls them. */
import type { Hooks } from "./callbacks.js";
import type { Plugin, PluginHooks } from "./plugin.js";
import { notify } from "./run.js";
import { refuseUnknown, refuseUnless } from "./session-config.js";

const PLUGIN_HOOKS = [
  "beforeSignUp",
  "afterSignUp",
  "beforeSignIn",
  "afterSignIn",
  "beforeSignOut",
] as const satisfies readonly (keyof PluginHooks)[];

/** @throws AuthError `config_invalid` */
export function resolvePlugins(plugins: readonly Plugin[] = []): readonly Plugin[] {
  for (const plugin of plugins) {
    refuseUnless(typeof plugin?.id === "string" && plugin.id !== "", "plugins holds something that is no plugin");
    refuseUnknown(plugin, ["id", "routes", "hooks"], `plugin "${plugin.id}": `);
    refuseUnknown(plugin.hooks ?? {}, PLUGIN_HOOKS, `plugin "${plugin.id}": hooks.`);
  }
  const ids = plugins.map(({ id }) => id);
  refuseUnless(new Set(ids).size === ids.length, `plugins names one id twice: ${ids.join(", ")}`);
  return plugins;
}

/** The hooks of the plugins, in their order, then those of the app. */
export function withPluginHooks(hooks: Hooks, plugins: readonly Plugin[]): Hooks {
  if (!plugins.some((plugin) => plugin.hooks !== undefined)) return hooks;
  const all = [...plugins.map(({ hooks: own = {} }) => asHooks(own)), hooks];
  const each = <N extends keyof Hooks>(name: N) => ({
    async [name](event: Parameters<NonNullable<Hooks[N]>>[0]) {
      for (const one of all) await notify(one, name, event);
    },
  });
  return Object.assign(
    Object.create(hooks) as Hooks,
    each("beforeSignUp"),
    each("onSignUp"),
    each("beforeSignIn"),
    each("onSignIn"),
    each("beforeSignOut"),
  );
}

function asHooks(own: PluginHooks): Hooks {
  return {
    beforeSignUp: ({ profile }) => own.beforeSignUp?.(profile),
    onSignUp: ({ user }) => own.afterSignUp?.(user),
    beforeSignIn: ({ user }) => own.beforeSignIn?.(user),
    onSignIn: ({ user, session }) => own.afterSignIn?.(user, session),
    beforeSignOut: ({ session }) => own.beforeSignOut?.(session),
  };
}
