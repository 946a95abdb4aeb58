
use builtin;
use str;

set edit:completion:arg-completer[vortex] = {|@words|
    fn spaces {|n|
        builtin:repeat $n ' ' | str:join ''
    }
    fn cand {|text desc|
        edit:complex-candidate $text &display=$text' '(spaces (- 14 (wcswidth $text)))$desc
    }
    var command = 'vortex'
    for word $words[1..-1] {
        if (str:has-prefix $word '-') {
            break
        }
        set command = $command';'$word
    }
    var completions = [
        &'vortex'= {
            cand --store 'The store: a profile''s name or a store hash [env: VORTEX_STORE_HASH]'
            cand --db 'The version store''s file [env: VORTEX_DB] [default: <data dir>/vortex/<store hash>.db]'
            cand --config 'The config file [env: VORTEX_CONFIG] [default: <config dir>/vortex/config.toml]'
            cand --api-url 'The API''s origin [env: VORTEX_API_URL] [default: https://api.bigcommerce.com]'
            cand --wait 'Wait for another vortex on the same version store, as long as it takes or for DURATION'
            cand --json 'Print one JSON document instead of text; errors are JSON too, on standard error'
            cand -q 'Print only errors'
            cand --quiet 'Print only errors'
            cand -v 'Say more on standard error; twice: every request'
            cand --verbose 'Say more on standard error; twice: every request'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
            cand login 'Keep a store hash and an API token, after trying them'
            cand entities 'What can be backed up, and what can be brought back'
            cand backup 'Back the store up: read it and keep a version of all that changed'
            cand list 'What the version store holds: entities, objects, or one object''s versions'
            cand runs 'The runs: when, what kind, how they ended'
            cand show 'Print an object''s document as BigCommerce sent it'
            cand diff 'What changed in one object between two versions, or in the store since a time'
            cand restore 'Bring objects, or whole entities, back to what they were'
            cand undo 'Take a restore back, from the safety versions that it made first'
            cand drill 'Rehearse: restore the newest state into an empty sandbox store, and compare'
            cand watch 'Capture changes as they happen, from the store''s webhooks, and sweep what webhooks never tell'
            cand hooks 'Look at the webhooks, switch entities on and off, and test that events arrive'
            cand status 'Is the backup healthy? The last good run per entity and its age'
            cand verify 'Check the version store: every stored byte against its hash, every reference'
            cand sandbox 'Serve a BigCommerce-shaped store on this machine, to try vortex on'
            cand demo 'A tour in under a minute, on a sandbox store in a temporary folder'
            cand completions 'Print a shell''s completion script'
            cand man 'Print the manual page, or write one page per subcommand'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'vortex;login'= {
            cand --token-file 'Keep the token in this file (made readable by its owner only) instead of the keyring'
            cand --name 'The profile''s name in the config file [default: the store hash]'
            cand --store 'The store: a profile''s name or a store hash [env: VORTEX_STORE_HASH]'
            cand --db 'The version store''s file [env: VORTEX_DB] [default: <data dir>/vortex/<store hash>.db]'
            cand --config 'The config file [env: VORTEX_CONFIG] [default: <config dir>/vortex/config.toml]'
            cand --api-url 'The API''s origin [env: VORTEX_API_URL] [default: https://api.bigcommerce.com]'
            cand --wait 'Wait for another vortex on the same version store, as long as it takes or for DURATION'
            cand --token-stdin 'Read the token from standard input'
            cand --json 'Print one JSON document instead of text; errors are JSON too, on standard error'
            cand -q 'Print only errors'
            cand --quiet 'Print only errors'
            cand -v 'Say more on standard error; twice: every request'
            cand --verbose 'Say more on standard error; twice: every request'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'vortex;entities'= {
            cand --store 'The store: a profile''s name or a store hash [env: VORTEX_STORE_HASH]'
            cand --db 'The version store''s file [env: VORTEX_DB] [default: <data dir>/vortex/<store hash>.db]'
            cand --config 'The config file [env: VORTEX_CONFIG] [default: <config dir>/vortex/config.toml]'
            cand --api-url 'The API''s origin [env: VORTEX_API_URL] [default: https://api.bigcommerce.com]'
            cand --wait 'Wait for another vortex on the same version store, as long as it takes or for DURATION'
            cand --json 'Print one JSON document instead of text; errors are JSON too, on standard error'
            cand -q 'Print only errors'
            cand --quiet 'Print only errors'
            cand -v 'Say more on standard error; twice: every request'
            cand --verbose 'Say more on standard error; twice: every request'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'vortex;backup'= {
            cand --entity 'Only this entity (may be repeated, or comma-separated)'
            cand --exclude 'All but this entity (may be repeated, or comma-separated)'
            cand --quota-share 'The share of the store''s API quota to use, above 0 and up to 1 [default: 0.8]'
            cand --store 'The store: a profile''s name or a store hash [env: VORTEX_STORE_HASH]'
            cand --db 'The version store''s file [env: VORTEX_DB] [default: <data dir>/vortex/<store hash>.db]'
            cand --config 'The config file [env: VORTEX_CONFIG] [default: <config dir>/vortex/config.toml]'
            cand --api-url 'The API''s origin [env: VORTEX_API_URL] [default: https://api.bigcommerce.com]'
            cand --wait 'Wait for another vortex on the same version store, as long as it takes or for DURATION'
            cand --full 'Read all parts of all objects anew, the expensive ones too, and every image held; skip nothing'
            cand --images 'Fetch the bytes of images that are not held yet (this is the default)'
            cand --no-images 'Leave the bytes of images out: what is deleted comes back without pictures'
            cand --all-stores 'Back up every profile of the config file, side by side'
            cand --json 'Print one JSON document instead of text; errors are JSON too, on standard error'
            cand -q 'Print only errors'
            cand --quiet 'Print only errors'
            cand -v 'Say more on standard error; twice: every request'
            cand --verbose 'Say more on standard error; twice: every request'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'vortex;list'= {
            cand --changed-since 'Only objects whose last change was captured at or after TIME (2026-11-01, 2d, ...)'
            cand --search 'Only objects with these words in their name, SKU, e-mail address, code, ...'
            cand --limit 'At most N rows'
            cand --store 'The store: a profile''s name or a store hash [env: VORTEX_STORE_HASH]'
            cand --db 'The version store''s file [env: VORTEX_DB] [default: <data dir>/vortex/<store hash>.db]'
            cand --config 'The config file [env: VORTEX_CONFIG] [default: <config dir>/vortex/config.toml]'
            cand --api-url 'The API''s origin [env: VORTEX_API_URL] [default: https://api.bigcommerce.com]'
            cand --wait 'Wait for another vortex on the same version store, as long as it takes or for DURATION'
            cand --deleted 'Only objects that are gone from the store'
            cand --all 'Live objects and deleted ones'
            cand --json 'Print one JSON document instead of text; errors are JSON too, on standard error'
            cand -q 'Print only errors'
            cand --quiet 'Print only errors'
            cand -v 'Say more on standard error; twice: every request'
            cand --verbose 'Say more on standard error; twice: every request'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'vortex;runs'= {
            cand --store 'The store: a profile''s name or a store hash [env: VORTEX_STORE_HASH]'
            cand --db 'The version store''s file [env: VORTEX_DB] [default: <data dir>/vortex/<store hash>.db]'
            cand --config 'The config file [env: VORTEX_CONFIG] [default: <config dir>/vortex/config.toml]'
            cand --api-url 'The API''s origin [env: VORTEX_API_URL] [default: https://api.bigcommerce.com]'
            cand --wait 'Wait for another vortex on the same version store, as long as it takes or for DURATION'
            cand --json 'Print one JSON document instead of text; errors are JSON too, on standard error'
            cand -q 'Print only errors'
            cand --quiet 'Print only errors'
            cand -v 'Say more on standard error; twice: every request'
            cand --verbose 'Say more on standard error; twice: every request'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'vortex;show'= {
            cand --field 'Only this value of the document: a.b[0].c'
            cand --store 'The store: a profile''s name or a store hash [env: VORTEX_STORE_HASH]'
            cand --db 'The version store''s file [env: VORTEX_DB] [default: <data dir>/vortex/<store hash>.db]'
            cand --config 'The config file [env: VORTEX_CONFIG] [default: <config dir>/vortex/config.toml]'
            cand --api-url 'The API''s origin [env: VORTEX_API_URL] [default: https://api.bigcommerce.com]'
            cand --wait 'Wait for another vortex on the same version store, as long as it takes or for DURATION'
            cand --json 'Print one JSON document instead of text; errors are JSON too, on standard error'
            cand -q 'Print only errors'
            cand --quiet 'Print only errors'
            cand -v 'Say more on standard error; twice: every request'
            cand --verbose 'Say more on standard error; twice: every request'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'vortex;diff'= {
            cand --since 'Everything that changed in the store since TIME (2026-11-01, 2d, ...)'
            cand --until '... and not after TIME'
            cand --entity '... and only of this entity (may be repeated, or comma-separated)'
            cand --format 'The form in which one object''s difference is printed [default: summary]'
            cand --store 'The store: a profile''s name or a store hash [env: VORTEX_STORE_HASH]'
            cand --db 'The version store''s file [env: VORTEX_DB] [default: <data dir>/vortex/<store hash>.db]'
            cand --config 'The config file [env: VORTEX_CONFIG] [default: <config dir>/vortex/config.toml]'
            cand --api-url 'The API''s origin [env: VORTEX_API_URL] [default: https://api.bigcommerce.com]'
            cand --wait 'Wait for another vortex on the same version store, as long as it takes or for DURATION'
            cand --all-fields 'Show the fields too that change without a merchant''s edit'
            cand --exit-code 'Exit with 6 when there are differences, with 0 when there are none'
            cand --json 'Print one JSON document instead of text; errors are JSON too, on standard error'
            cand -q 'Print only errors'
            cand --quiet 'Print only errors'
            cand -v 'Say more on standard error; twice: every request'
            cand --verbose 'Say more on standard error; twice: every request'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'vortex;restore'= {
            cand --version 'The version of single objects: v3, @TIME, run:N [default: the last that was no deletion]'
            cand --entity 'A whole entity (may be repeated, or comma-separated)'
            cand --at 'The moment to go back to: a time (2026-11-01, 2h) or run:N'
            cand --field 'Only these fields (price, custom_url.url, variants[].price), comma-separated'
            cand --changed-since 'Only objects of which a change was captured at or after TIME; back to what stood then'
            cand --to-store 'Restore into another store of the config, and leave this one as it is'
            cand --resume 'Go on with a restore that was cut short'
            cand --store 'The store: a profile''s name or a store hash [env: VORTEX_STORE_HASH]'
            cand --db 'The version store''s file [env: VORTEX_DB] [default: <data dir>/vortex/<store hash>.db]'
            cand --config 'The config file [env: VORTEX_CONFIG] [default: <config dir>/vortex/config.toml]'
            cand --api-url 'The API''s origin [env: VORTEX_API_URL] [default: https://api.bigcommerce.com]'
            cand --wait 'Wait for another vortex on the same version store, as long as it takes or for DURATION'
            cand --all 'Every entity that can be brought back'
            cand --deleted-only 'Only objects that are gone'
            cand --delete-newer 'Delete what was created after that moment, after a question of its own'
            cand -n 'Print the plan and send nothing that changes anything'
            cand --dry-run 'Print the plan and send nothing that changes anything'
            cand -y 'Ask nothing'
            cand --yes 'Ask nothing'
            cand --no-dependencies 'Leave what the objects need (a product''s brand, a category''s parent) where it is'
            cand --force-password-reset 'Let customers that are made anew set a password at their next login'
            cand --as-copy 'Leave the object as it is; make a hidden twin of the version beside it, to look at'
            cand --relink-orders 'Point orders to a re-created customer, too'
            cand --json 'Print one JSON document instead of text; errors are JSON too, on standard error'
            cand -q 'Print only errors'
            cand --quiet 'Print only errors'
            cand -v 'Say more on standard error; twice: every request'
            cand --verbose 'Say more on standard error; twice: every request'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'vortex;undo'= {
            cand --to-store 'The run is one of a restore into this store (`restore --to-store`)'
            cand --store 'The store: a profile''s name or a store hash [env: VORTEX_STORE_HASH]'
            cand --db 'The version store''s file [env: VORTEX_DB] [default: <data dir>/vortex/<store hash>.db]'
            cand --config 'The config file [env: VORTEX_CONFIG] [default: <config dir>/vortex/config.toml]'
            cand --api-url 'The API''s origin [env: VORTEX_API_URL] [default: https://api.bigcommerce.com]'
            cand --wait 'Wait for another vortex on the same version store, as long as it takes or for DURATION'
            cand -n 'Print the plan and send nothing that changes anything'
            cand --dry-run 'Print the plan and send nothing that changes anything'
            cand -y 'Ask nothing'
            cand --yes 'Ask nothing'
            cand --json 'Print one JSON document instead of text; errors are JSON too, on standard error'
            cand -q 'Print only errors'
            cand --quiet 'Print only errors'
            cand -v 'Say more on standard error; twice: every request'
            cand --verbose 'Say more on standard error; twice: every request'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'vortex;drill'= {
            cand --store 'The store: a profile''s name or a store hash [env: VORTEX_STORE_HASH]'
            cand --db 'The version store''s file [env: VORTEX_DB] [default: <data dir>/vortex/<store hash>.db]'
            cand --config 'The config file [env: VORTEX_CONFIG] [default: <config dir>/vortex/config.toml]'
            cand --api-url 'The API''s origin [env: VORTEX_API_URL] [default: https://api.bigcommerce.com]'
            cand --wait 'Wait for another vortex on the same version store, as long as it takes or for DURATION'
            cand --json 'Print one JSON document instead of text; errors are JSON too, on standard error'
            cand -q 'Print only errors'
            cand --quiet 'Print only errors'
            cand -v 'Say more on standard error; twice: every request'
            cand --verbose 'Say more on standard error; twice: every request'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'vortex;watch'= {
            cand --public-url 'Where BigCommerce reaches this listener: https on port 443 (http for this machine only)'
            cand --listen 'Where to take events in'
            cand --entity 'Only this entity (may be repeated, or comma-separated)'
            cand --sweep 'How often to sweep each entity, at most'
            cand --admin-listen 'Serve /healthz and /metrics here instead of beside the events'
            cand --tls-cert 'Speak TLS by itself, with this certificate chain (PEM)'
            cand --tls-key 'The certificate''s key (PEM)'
            cand --quota-share 'The share of the store''s API quota to use, above 0 and up to 1 [default: 0.8]'
            cand --store 'The store: a profile''s name or a store hash [env: VORTEX_STORE_HASH]'
            cand --db 'The version store''s file [env: VORTEX_DB] [default: <data dir>/vortex/<store hash>.db]'
            cand --config 'The config file [env: VORTEX_CONFIG] [default: <config dir>/vortex/config.toml]'
            cand --api-url 'The API''s origin [env: VORTEX_API_URL] [default: https://api.bigcommerce.com]'
            cand --wait 'Wait for another vortex on the same version store, as long as it takes or for DURATION'
            cand --remove-hooks 'Remove the hooks at the end: events from then on are lost'
            cand --json 'Print one JSON document instead of text; errors are JSON too, on standard error'
            cand -q 'Print only errors'
            cand --quiet 'Print only errors'
            cand -v 'Say more on standard error; twice: every request'
            cand --verbose 'Say more on standard error; twice: every request'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'vortex;hooks'= {
            cand --store 'The store: a profile''s name or a store hash [env: VORTEX_STORE_HASH]'
            cand --db 'The version store''s file [env: VORTEX_DB] [default: <data dir>/vortex/<store hash>.db]'
            cand --config 'The config file [env: VORTEX_CONFIG] [default: <config dir>/vortex/config.toml]'
            cand --api-url 'The API''s origin [env: VORTEX_API_URL] [default: https://api.bigcommerce.com]'
            cand --wait 'Wait for another vortex on the same version store, as long as it takes or for DURATION'
            cand --json 'Print one JSON document instead of text; errors are JSON too, on standard error'
            cand -q 'Print only errors'
            cand --quiet 'Print only errors'
            cand -v 'Say more on standard error; twice: every request'
            cand --verbose 'Say more on standard error; twice: every request'
            cand -h 'Print help'
            cand --help 'Print help'
            cand list 'A row per hook that this token sees: scope, where it leads, whether it is on'
            cand enable 'Register the hooks of these entities, and let their events be captured'
            cand disable 'Remove the hooks of these entities; their events and sweeps are ignored from this moment'
            cand test 'Prove that the public URL leads to this version store''s running `watch`'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'vortex;hooks;list'= {
            cand --store 'The store: a profile''s name or a store hash [env: VORTEX_STORE_HASH]'
            cand --db 'The version store''s file [env: VORTEX_DB] [default: <data dir>/vortex/<store hash>.db]'
            cand --config 'The config file [env: VORTEX_CONFIG] [default: <config dir>/vortex/config.toml]'
            cand --api-url 'The API''s origin [env: VORTEX_API_URL] [default: https://api.bigcommerce.com]'
            cand --wait 'Wait for another vortex on the same version store, as long as it takes or for DURATION'
            cand --json 'Print one JSON document instead of text; errors are JSON too, on standard error'
            cand -q 'Print only errors'
            cand --quiet 'Print only errors'
            cand -v 'Say more on standard error; twice: every request'
            cand --verbose 'Say more on standard error; twice: every request'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'vortex;hooks;enable'= {
            cand --public-url 'Where BigCommerce reaches the listener [default: that of the last `watch`]'
            cand --store 'The store: a profile''s name or a store hash [env: VORTEX_STORE_HASH]'
            cand --db 'The version store''s file [env: VORTEX_DB] [default: <data dir>/vortex/<store hash>.db]'
            cand --config 'The config file [env: VORTEX_CONFIG] [default: <config dir>/vortex/config.toml]'
            cand --api-url 'The API''s origin [env: VORTEX_API_URL] [default: https://api.bigcommerce.com]'
            cand --wait 'Wait for another vortex on the same version store, as long as it takes or for DURATION'
            cand --json 'Print one JSON document instead of text; errors are JSON too, on standard error'
            cand -q 'Print only errors'
            cand --quiet 'Print only errors'
            cand -v 'Say more on standard error; twice: every request'
            cand --verbose 'Say more on standard error; twice: every request'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'vortex;hooks;disable'= {
            cand --store 'The store: a profile''s name or a store hash [env: VORTEX_STORE_HASH]'
            cand --db 'The version store''s file [env: VORTEX_DB] [default: <data dir>/vortex/<store hash>.db]'
            cand --config 'The config file [env: VORTEX_CONFIG] [default: <config dir>/vortex/config.toml]'
            cand --api-url 'The API''s origin [env: VORTEX_API_URL] [default: https://api.bigcommerce.com]'
            cand --wait 'Wait for another vortex on the same version store, as long as it takes or for DURATION'
            cand --json 'Print one JSON document instead of text; errors are JSON too, on standard error'
            cand -q 'Print only errors'
            cand --quiet 'Print only errors'
            cand -v 'Say more on standard error; twice: every request'
            cand --verbose 'Say more on standard error; twice: every request'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'vortex;hooks;test'= {
            cand --store 'The store: a profile''s name or a store hash [env: VORTEX_STORE_HASH]'
            cand --db 'The version store''s file [env: VORTEX_DB] [default: <data dir>/vortex/<store hash>.db]'
            cand --config 'The config file [env: VORTEX_CONFIG] [default: <config dir>/vortex/config.toml]'
            cand --api-url 'The API''s origin [env: VORTEX_API_URL] [default: https://api.bigcommerce.com]'
            cand --wait 'Wait for another vortex on the same version store, as long as it takes or for DURATION'
            cand --json 'Print one JSON document instead of text; errors are JSON too, on standard error'
            cand -q 'Print only errors'
            cand --quiet 'Print only errors'
            cand -v 'Say more on standard error; twice: every request'
            cand --verbose 'Say more on standard error; twice: every request'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'vortex;hooks;help'= {
            cand list 'A row per hook that this token sees: scope, where it leads, whether it is on'
            cand enable 'Register the hooks of these entities, and let their events be captured'
            cand disable 'Remove the hooks of these entities; their events and sweeps are ignored from this moment'
            cand test 'Prove that the public URL leads to this version store''s running `watch`'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'vortex;hooks;help;list'= {
        }
        &'vortex;hooks;help;enable'= {
        }
        &'vortex;hooks;help;disable'= {
        }
        &'vortex;hooks;help;test'= {
        }
        &'vortex;hooks;help;help'= {
        }
        &'vortex;status'= {
            cand --max-age 'How old the last good backup of an entity may be'
            cand --store 'The store: a profile''s name or a store hash [env: VORTEX_STORE_HASH]'
            cand --db 'The version store''s file [env: VORTEX_DB] [default: <data dir>/vortex/<store hash>.db]'
            cand --config 'The config file [env: VORTEX_CONFIG] [default: <config dir>/vortex/config.toml]'
            cand --api-url 'The API''s origin [env: VORTEX_API_URL] [default: https://api.bigcommerce.com]'
            cand --wait 'Wait for another vortex on the same version store, as long as it takes or for DURATION'
            cand --json 'Print one JSON document instead of text; errors are JSON too, on standard error'
            cand -q 'Print only errors'
            cand --quiet 'Print only errors'
            cand -v 'Say more on standard error; twice: every request'
            cand --verbose 'Say more on standard error; twice: every request'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'vortex;verify'= {
            cand --store 'The store: a profile''s name or a store hash [env: VORTEX_STORE_HASH]'
            cand --db 'The version store''s file [env: VORTEX_DB] [default: <data dir>/vortex/<store hash>.db]'
            cand --config 'The config file [env: VORTEX_CONFIG] [default: <config dir>/vortex/config.toml]'
            cand --api-url 'The API''s origin [env: VORTEX_API_URL] [default: https://api.bigcommerce.com]'
            cand --wait 'Wait for another vortex on the same version store, as long as it takes or for DURATION'
            cand --quick 'Only the references and SQLite''s quick check; no stored body is opened'
            cand --deep 'Also recompute every version''s fingerprint from its document'
            cand --json 'Print one JSON document instead of text; errors are JSON too, on standard error'
            cand -q 'Print only errors'
            cand --quiet 'Print only errors'
            cand -v 'Say more on standard error; twice: every request'
            cand --verbose 'Say more on standard error; twice: every request'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'vortex;sandbox'= {
            cand --sample 'The sample data to start with'
            cand --port 'The port on 127.0.0.1 [default: any free one]'
            cand --quota 'Requests in 30 s that the store allows; the next ones are refused [default: no quota]'
            cand --store 'The store: a profile''s name or a store hash [env: VORTEX_STORE_HASH]'
            cand --db 'The version store''s file [env: VORTEX_DB] [default: <data dir>/vortex/<store hash>.db]'
            cand --config 'The config file [env: VORTEX_CONFIG] [default: <config dir>/vortex/config.toml]'
            cand --api-url 'The API''s origin [env: VORTEX_API_URL] [default: https://api.bigcommerce.com]'
            cand --wait 'Wait for another vortex on the same version store, as long as it takes or for DURATION'
            cand --json 'Print one JSON document instead of text; errors are JSON too, on standard error'
            cand -q 'Print only errors'
            cand --quiet 'Print only errors'
            cand -v 'Say more on standard error; twice: every request'
            cand --verbose 'Say more on standard error; twice: every request'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'vortex;demo'= {
            cand --keep 'Keep the demo''s files in this folder instead of a temporary one'
            cand --store 'The store: a profile''s name or a store hash [env: VORTEX_STORE_HASH]'
            cand --db 'The version store''s file [env: VORTEX_DB] [default: <data dir>/vortex/<store hash>.db]'
            cand --config 'The config file [env: VORTEX_CONFIG] [default: <config dir>/vortex/config.toml]'
            cand --api-url 'The API''s origin [env: VORTEX_API_URL] [default: https://api.bigcommerce.com]'
            cand --wait 'Wait for another vortex on the same version store, as long as it takes or for DURATION'
            cand --json 'Print one JSON document instead of text; errors are JSON too, on standard error'
            cand -q 'Print only errors'
            cand --quiet 'Print only errors'
            cand -v 'Say more on standard error; twice: every request'
            cand --verbose 'Say more on standard error; twice: every request'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'vortex;completions'= {
            cand --store 'The store: a profile''s name or a store hash [env: VORTEX_STORE_HASH]'
            cand --db 'The version store''s file [env: VORTEX_DB] [default: <data dir>/vortex/<store hash>.db]'
            cand --config 'The config file [env: VORTEX_CONFIG] [default: <config dir>/vortex/config.toml]'
            cand --api-url 'The API''s origin [env: VORTEX_API_URL] [default: https://api.bigcommerce.com]'
            cand --wait 'Wait for another vortex on the same version store, as long as it takes or for DURATION'
            cand --json 'Print one JSON document instead of text; errors are JSON too, on standard error'
            cand -q 'Print only errors'
            cand --quiet 'Print only errors'
            cand -v 'Say more on standard error; twice: every request'
            cand --verbose 'Say more on standard error; twice: every request'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'vortex;man'= {
            cand --out 'Write all pages into this folder'
            cand --store 'The store: a profile''s name or a store hash [env: VORTEX_STORE_HASH]'
            cand --db 'The version store''s file [env: VORTEX_DB] [default: <data dir>/vortex/<store hash>.db]'
            cand --config 'The config file [env: VORTEX_CONFIG] [default: <config dir>/vortex/config.toml]'
            cand --api-url 'The API''s origin [env: VORTEX_API_URL] [default: https://api.bigcommerce.com]'
            cand --wait 'Wait for another vortex on the same version store, as long as it takes or for DURATION'
            cand --json 'Print one JSON document instead of text; errors are JSON too, on standard error'
            cand -q 'Print only errors'
            cand --quiet 'Print only errors'
            cand -v 'Say more on standard error; twice: every request'
            cand --verbose 'Say more on standard error; twice: every request'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'vortex;help'= {
            cand login 'Keep a store hash and an API token, after trying them'
            cand entities 'What can be backed up, and what can be brought back'
            cand backup 'Back the store up: read it and keep a version of all that changed'
            cand list 'What the version store holds: entities, objects, or one object''s versions'
            cand runs 'The runs: when, what kind, how they ended'
            cand show 'Print an object''s document as BigCommerce sent it'
            cand diff 'What changed in one object between two versions, or in the store since a time'
            cand restore 'Bring objects, or whole entities, back to what they were'
            cand undo 'Take a restore back, from the safety versions that it made first'
            cand drill 'Rehearse: restore the newest state into an empty sandbox store, and compare'
            cand watch 'Capture changes as they happen, from the store''s webhooks, and sweep what webhooks never tell'
            cand hooks 'Look at the webhooks, switch entities on and off, and test that events arrive'
            cand status 'Is the backup healthy? The last good run per entity and its age'
            cand verify 'Check the version store: every stored byte against its hash, every reference'
            cand sandbox 'Serve a BigCommerce-shaped store on this machine, to try vortex on'
            cand demo 'A tour in under a minute, on a sandbox store in a temporary folder'
            cand completions 'Print a shell''s completion script'
            cand man 'Print the manual page, or write one page per subcommand'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'vortex;help;login'= {
        }
        &'vortex;help;entities'= {
        }
        &'vortex;help;backup'= {
        }
        &'vortex;help;list'= {
        }
        &'vortex;help;runs'= {
        }
        &'vortex;help;show'= {
        }
        &'vortex;help;diff'= {
        }
        &'vortex;help;restore'= {
        }
        &'vortex;help;undo'= {
        }
        &'vortex;help;drill'= {
        }
        &'vortex;help;watch'= {
        }
        &'vortex;help;hooks'= {
            cand list 'A row per hook that this token sees: scope, where it leads, whether it is on'
            cand enable 'Register the hooks of these entities, and let their events be captured'
            cand disable 'Remove the hooks of these entities; their events and sweeps are ignored from this moment'
            cand test 'Prove that the public URL leads to this version store''s running `watch`'
        }
        &'vortex;help;hooks;list'= {
        }
        &'vortex;help;hooks;enable'= {
        }
        &'vortex;help;hooks;disable'= {
        }
        &'vortex;help;hooks;test'= {
        }
        &'vortex;help;status'= {
        }
        &'vortex;help;verify'= {
        }
        &'vortex;help;sandbox'= {
        }
        &'vortex;help;demo'= {
        }
        &'vortex;help;completions'= {
        }
        &'vortex;help;man'= {
        }
        &'vortex;help;help'= {
        }
    ]
    $completions[$command]
}
