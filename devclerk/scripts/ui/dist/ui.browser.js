/* Stands in for @clerk/ui 1: the forms of the stand-in for clerk-js.
 *
 * It takes its colours from the page, so it is light or dark like the page. A script makes the
 * style sheet, which a strict Content-Security-Policy allows.
 */
(() => {
  "use strict";

  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
    .devclerk { display: grid; gap: .75rem; max-width: 22rem; font: inherit; color: inherit }
    section.devclerk { width: 18rem }
    .devclerk :is(h2, p, form) { margin: 0 }
    .devclerk :is(form, label) { display: grid; gap: .75rem }
    .devclerk p { font-size: .875em }
    .devclerk [role="alert"]:empty { display: none }
    .devclerk :is(button, input) { box-sizing: border-box; min-height: 2.75rem; padding: .5rem 1rem;
      font: inherit; color: inherit; border: 1px solid color-mix(in srgb, currentColor 55%, transparent);
      border-radius: .5rem; background: transparent }
    .devclerk button { cursor: pointer; background: color-mix(in srgb, currentColor 8%, transparent) }
    .devclerk .devclerk-person { display: grid; place-items: center; width: 1.75rem; height: 1.75rem;
      min-height: 0; padding: 0; border: 0; border-radius: 50%; font-size: .75rem }
    .devclerk-menu { inset: 3.75rem 1rem auto auto; margin: 0; padding: 1rem; border: 0;
      border-radius: .75rem; color: CanvasText; background: Canvas; box-shadow: 0 .5rem 2rem #0006 }
    .devclerk-menu:popover-open { display: grid; gap: .75rem }
    dialog:has(> .devclerk) { padding: 1.5rem; border: 0; border-radius: .75rem;
      color: CanvasText; background: Canvas }
  `);
  document.adoptedStyleSheets.push(sheet);

  function make(tag, properties = {}, ...children) {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  }

  class ClerkUI {
    #clerk;
    #dialog = null;

    constructor(clerk) {
      this.#clerk = clerk;
    }

    mountSignIn(element, options) {
      const fault = make("p", { role: "alert" });
      const signIn = async (identifier) => {
        fault.textContent = "";
        try {
          await this.#clerk.signInAs(identifier, options);
        } catch (error) {
          fault.textContent = error.message;
        }
      };
      const people = make("div", { className: "devclerk" });
      const part = make("section", { className: "devclerk", ariaLabel: "Sign in" });
      part.append(make("h2", { textContent: "Sign in as" }), fault, people);
      element.replaceChildren(part);
      const note = make("p", { textContent: "The stand-in for Clerk needs no password." });
      // After the users, which would push it down.
      this.#listPeople(people, fault, signIn).then(() => part.append(this.#newUserForm(signIn), note));
    }

    mountUserButton(element, options) {
      const { user } = this.#clerk;
      if (!user) return;
      const leave = () => this.#clerk.signOut({ redirectUrl: options.afterSignOutUrl });
      const menu = make("div", { className: "devclerk-menu", popover: "auto", role: "dialog" });
      menu.ariaLabel = "User menu";
      menu.append(make("strong", { textContent: user.fullName }));
      menu.append(make("p", { textContent: user.primaryEmailAddress.emailAddress }));
      menu.append(make("button", { type: "button", textContent: "Sign out", onclick: leave }));
      const [initial] = user.fullName;
      const person = make("button", { type: "button", textContent: initial });
      Object.assign(person, { className: "devclerk-person", popoverTargetElement: menu });
      Object.assign(person, { ariaLabel: "Open user menu", ariaHasPopup: "dialog" });
      element.replaceChildren(make("div", { className: "devclerk" }, person, menu));
    }

    openSignIn(options) {
      this.closeSignIn();
      this.#dialog = make("dialog", { onclose: () => this.closeSignIn() });
      document.body.append(this.#dialog);
      this.mountSignIn(this.#dialog, options);
      this.#dialog.showModal();
      const end = this.#clerk.addListener(({ user }) => {
        if (!user) return;
        end?.();
        this.closeSignIn();
      });
    }

    closeSignIn() {
      this.#dialog?.remove();
      this.#dialog = null;
    }

    #newUserForm(signIn) {
      const name = make("input", { required: true, maxLength: 100, autocomplete: "off" });
      const label = make("label", {}, "New user", name);
      const form = make("form", {}, label, make("button", { textContent: "Add and sign in" }));
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        signIn(name.value);
      });
      return form;
    }

    async #listPeople(list, fault, signIn) {
      try {
        for (const { id, name } of await this.#clerk.people()) {
          const onclick = () => signIn(id);
          list.append(make("button", { type: "button", textContent: name, onclick }));
        }
      } catch {
        fault.textContent = "The stand-in for Clerk does not respond. Start core dev.";
      }
    }
  }

  window.__internal_ClerkUICtor ??= ClerkUI;
})();
