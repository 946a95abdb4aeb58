# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_vortex_global_optspecs
    string join \n store= db= config= api-url= json q/quiet v/verbose wait= h/help V/version
end

function __fish_vortex_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_vortex_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_vortex_using_subcommand
    set -l cmd (__fish_vortex_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c vortex -n "__fish_vortex_needs_command" -l store -d 'The store: a profile\'s name or a store hash [env: VORTEX_STORE_HASH]' -r
complete -c vortex -n "__fish_vortex_needs_command" -l db -d 'The version store\'s file [env: VORTEX_DB] [default: <data dir>/vortex/<store hash>.db]' -r -F
complete -c vortex -n "__fish_vortex_needs_command" -l config -d 'The config file [env: VORTEX_CONFIG] [default: <config dir>/vortex/config.toml]' -r -F
complete -c vortex -n "__fish_vortex_needs_command" -l api-url -d 'The API\'s origin [env: VORTEX_API_URL] [default: https://api.bigcommerce.com]' -r
complete -c vortex -n "__fish_vortex_needs_command" -l wait -d 'Wait for another vortex on the same version store, as long as it takes or for DURATION' -r
complete -c vortex -n "__fish_vortex_needs_command" -l json -d 'Print one JSON document instead of text; errors are JSON too, on standard error'
complete -c vortex -n "__fish_vortex_needs_command" -s q -l quiet -d 'Print only errors'
complete -c vortex -n "__fish_vortex_needs_command" -s v -l verbose -d 'Say more on standard error; twice: every request'
complete -c vortex -n "__fish_vortex_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c vortex -n "__fish_vortex_needs_command" -s V -l version -d 'Print version'
complete -c vortex -n "__fish_vortex_needs_command" -f -a "login" -d 'Keep a store hash and an API token, after trying them'
complete -c vortex -n "__fish_vortex_needs_command" -f -a "entities" -d 'What can be backed up, and what can be brought back'
complete -c vortex -n "__fish_vortex_needs_command" -f -a "backup" -d 'Back the store up: read it and keep a version of all that changed'
complete -c vortex -n "__fish_vortex_needs_command" -f -a "list" -d 'What the version store holds: entities, objects, or one object\'s versions'
complete -c vortex -n "__fish_vortex_needs_command" -f -a "runs" -d 'The runs: when, what kind, how they ended'
complete -c vortex -n "__fish_vortex_needs_command" -f -a "show" -d 'Print an object\'s document as BigCommerce sent it'
complete -c vortex -n "__fish_vortex_needs_command" -f -a "diff" -d 'What changed in one object between two versions, or in the store since a time'
complete -c vortex -n "__fish_vortex_needs_command" -f -a "restore" -d 'Bring objects, or whole entities, back to what they were'
complete -c vortex -n "__fish_vortex_needs_command" -f -a "undo" -d 'Take a restore back, from the safety versions that it made first'
complete -c vortex -n "__fish_vortex_needs_command" -f -a "drill" -d 'Rehearse: restore the newest state into an empty sandbox store, and compare'
complete -c vortex -n "__fish_vortex_needs_command" -f -a "watch" -d 'Capture changes as they happen, from the store\'s webhooks, and sweep what webhooks never tell'
complete -c vortex -n "__fish_vortex_needs_command" -f -a "hooks" -d 'Look at the webhooks, switch entities on and off, and test that events arrive'
complete -c vortex -n "__fish_vortex_needs_command" -f -a "status" -d 'Is the backup healthy? The last good run per entity and its age'
complete -c vortex -n "__fish_vortex_needs_command" -f -a "verify" -d 'Check the version store: every stored byte against its hash, every reference'
complete -c vortex -n "__fish_vortex_needs_command" -f -a "sandbox" -d 'Serve a BigCommerce-shaped store on this machine, to try vortex on'
complete -c vortex -n "__fish_vortex_needs_command" -f -a "demo" -d 'A tour in under a minute, on a sandbox store in a temporary folder'
complete -c vortex -n "__fish_vortex_needs_command" -f -a "completions" -d 'Print a shell\'s completion script'
complete -c vortex -n "__fish_vortex_needs_command" -f -a "man" -d 'Print the manual page, or write one page per subcommand'
complete -c vortex -n "__fish_vortex_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c vortex -n "__fish_vortex_using_subcommand login" -l token-file -d 'Keep the token in this file (made readable by its owner only) instead of the keyring' -r -F
complete -c vortex -n "__fish_vortex_using_subcommand login" -l name -d 'The profile\'s name in the config file [default: the store hash]' -r
complete -c vortex -n "__fish_vortex_using_subcommand login" -l store -d 'The store: a profile\'s name or a store hash [env: VORTEX_STORE_HASH]' -r
complete -c vortex -n "__fish_vortex_using_subcommand login" -l db -d 'The version store\'s file [env: VORTEX_DB] [default: <data dir>/vortex/<store hash>.db]' -r -F
complete -c vortex -n "__fish_vortex_using_subcommand login" -l config -d 'The config file [env: VORTEX_CONFIG] [default: <config dir>/vortex/config.toml]' -r -F
complete -c vortex -n "__fish_vortex_using_subcommand login" -l api-url -d 'The API\'s origin [env: VORTEX_API_URL] [default: https://api.bigcommerce.com]' -r
complete -c vortex -n "__fish_vortex_using_subcommand login" -l wait -d 'Wait for another vortex on the same version store, as long as it takes or for DURATION' -r
complete -c vortex -n "__fish_vortex_using_subcommand login" -l token-stdin -d 'Read the token from standard input'
complete -c vortex -n "__fish_vortex_using_subcommand login" -l json -d 'Print one JSON document instead of text; errors are JSON too, on standard error'
complete -c vortex -n "__fish_vortex_using_subcommand login" -s q -l quiet -d 'Print only errors'
complete -c vortex -n "__fish_vortex_using_subcommand login" -s v -l verbose -d 'Say more on standard error; twice: every request'
complete -c vortex -n "__fish_vortex_using_subcommand login" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c vortex -n "__fish_vortex_using_subcommand entities" -l store -d 'The store: a profile\'s name or a store hash [env: VORTEX_STORE_HASH]' -r
complete -c vortex -n "__fish_vortex_using_subcommand entities" -l db -d 'The version store\'s file [env: VORTEX_DB] [default: <data dir>/vortex/<store hash>.db]' -r -F
complete -c vortex -n "__fish_vortex_using_subcommand entities" -l config -d 'The config file [env: VORTEX_CONFIG] [default: <config dir>/vortex/config.toml]' -r -F
complete -c vortex -n "__fish_vortex_using_subcommand entities" -l api-url -d 'The API\'s origin [env: VORTEX_API_URL] [default: https://api.bigcommerce.com]' -r
complete -c vortex -n "__fish_vortex_using_subcommand entities" -l wait -d 'Wait for another vortex on the same version store, as long as it takes or for DURATION' -r
complete -c vortex -n "__fish_vortex_using_subcommand entities" -l json -d 'Print one JSON document instead of text; errors are JSON too, on standard error'
complete -c vortex -n "__fish_vortex_using_subcommand entities" -s q -l quiet -d 'Print only errors'
complete -c vortex -n "__fish_vortex_using_subcommand entities" -s v -l verbose -d 'Say more on standard error; twice: every request'
complete -c vortex -n "__fish_vortex_using_subcommand entities" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c vortex -n "__fish_vortex_using_subcommand backup" -l entity -d 'Only this entity (may be repeated, or comma-separated)' -r -f -a "channels\t''
categories\t''
brands\t''
products\t''
customers\t''
orders\t''
pages\t''
email-templates\t''
blog-posts\t''
redirects\t''
promotions\t''
coupons\t''
gift-certificates\t''"
complete -c vortex -n "__fish_vortex_using_subcommand backup" -l exclude -d 'All but this entity (may be repeated, or comma-separated)' -r -f -a "channels\t''
categories\t''
brands\t''
products\t''
customers\t''
orders\t''
pages\t''
email-templates\t''
blog-posts\t''
redirects\t''
promotions\t''
coupons\t''
gift-certificates\t''"
complete -c vortex -n "__fish_vortex_using_subcommand backup" -l quota-share -d 'The share of the store\'s API quota to use, above 0 and up to 1 [default: 0.8]' -r
complete -c vortex -n "__fish_vortex_using_subcommand backup" -l store -d 'The store: a profile\'s name or a store hash [env: VORTEX_STORE_HASH]' -r
complete -c vortex -n "__fish_vortex_using_subcommand backup" -l db -d 'The version store\'s file [env: VORTEX_DB] [default: <data dir>/vortex/<store hash>.db]' -r -F
complete -c vortex -n "__fish_vortex_using_subcommand backup" -l config -d 'The config file [env: VORTEX_CONFIG] [default: <config dir>/vortex/config.toml]' -r -F
complete -c vortex -n "__fish_vortex_using_subcommand backup" -l api-url -d 'The API\'s origin [env: VORTEX_API_URL] [default: https://api.bigcommerce.com]' -r
complete -c vortex -n "__fish_vortex_using_subcommand backup" -l wait -d 'Wait for another vortex on the same version store, as long as it takes or for DURATION' -r
complete -c vortex -n "__fish_vortex_using_subcommand backup" -l full -d 'Read all parts of all objects anew, the expensive ones too, and every image held; skip nothing'
complete -c vortex -n "__fish_vortex_using_subcommand backup" -l images -d 'Fetch the bytes of images that are not held yet (this is the default)'
complete -c vortex -n "__fish_vortex_using_subcommand backup" -l no-images -d 'Leave the bytes of images out: what is deleted comes back without pictures'
complete -c vortex -n "__fish_vortex_using_subcommand backup" -l all-stores -d 'Back up every profile of the config file, side by side'
complete -c vortex -n "__fish_vortex_using_subcommand backup" -l json -d 'Print one JSON document instead of text; errors are JSON too, on standard error'
complete -c vortex -n "__fish_vortex_using_subcommand backup" -s q -l quiet -d 'Print only errors'
complete -c vortex -n "__fish_vortex_using_subcommand backup" -s v -l verbose -d 'Say more on standard error; twice: every request'
complete -c vortex -n "__fish_vortex_using_subcommand backup" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c vortex -n "__fish_vortex_using_subcommand list" -l changed-since -d 'Only objects whose last change was captured at or after TIME (2026-11-01, 2d, ...)' -r
complete -c vortex -n "__fish_vortex_using_subcommand list" -l search -d 'Only objects with these words in their name, SKU, e-mail address, code, ...' -r
complete -c vortex -n "__fish_vortex_using_subcommand list" -l limit -d 'At most N rows' -r
complete -c vortex -n "__fish_vortex_using_subcommand list" -l store -d 'The store: a profile\'s name or a store hash [env: VORTEX_STORE_HASH]' -r
complete -c vortex -n "__fish_vortex_using_subcommand list" -l db -d 'The version store\'s file [env: VORTEX_DB] [default: <data dir>/vortex/<store hash>.db]' -r -F
complete -c vortex -n "__fish_vortex_using_subcommand list" -l config -d 'The config file [env: VORTEX_CONFIG] [default: <config dir>/vortex/config.toml]' -r -F
complete -c vortex -n "__fish_vortex_using_subcommand list" -l api-url -d 'The API\'s origin [env: VORTEX_API_URL] [default: https://api.bigcommerce.com]' -r
complete -c vortex -n "__fish_vortex_using_subcommand list" -l wait -d 'Wait for another vortex on the same version store, as long as it takes or for DURATION' -r
complete -c vortex -n "__fish_vortex_using_subcommand list" -l deleted -d 'Only objects that are gone from the store'
complete -c vortex -n "__fish_vortex_using_subcommand list" -l all -d 'Live objects and deleted ones'
complete -c vortex -n "__fish_vortex_using_subcommand list" -l json -d 'Print one JSON document instead of text; errors are JSON too, on standard error'
complete -c vortex -n "__fish_vortex_using_subcommand list" -s q -l quiet -d 'Print only errors'
complete -c vortex -n "__fish_vortex_using_subcommand list" -s v -l verbose -d 'Say more on standard error; twice: every request'
complete -c vortex -n "__fish_vortex_using_subcommand list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c vortex -n "__fish_vortex_using_subcommand runs" -l store -d 'The store: a profile\'s name or a store hash [env: VORTEX_STORE_HASH]' -r
complete -c vortex -n "__fish_vortex_using_subcommand runs" -l db -d 'The version store\'s file [env: VORTEX_DB] [default: <data dir>/vortex/<store hash>.db]' -r -F
complete -c vortex -n "__fish_vortex_using_subcommand runs" -l config -d 'The config file [env: VORTEX_CONFIG] [default: <config dir>/vortex/config.toml]' -r -F
complete -c vortex -n "__fish_vortex_using_subcommand runs" -l api-url -d 'The API\'s origin [env: VORTEX_API_URL] [default: https://api.bigcommerce.com]' -r
complete -c vortex -n "__fish_vortex_using_subcommand runs" -l wait -d 'Wait for another vortex on the same version store, as long as it takes or for DURATION' -r
complete -c vortex -n "__fish_vortex_using_subcommand runs" -l json -d 'Print one JSON document instead of text; errors are JSON too, on standard error'
complete -c vortex -n "__fish_vortex_using_subcommand runs" -s q -l quiet -d 'Print only errors'
complete -c vortex -n "__fish_vortex_using_subcommand runs" -s v -l verbose -d 'Say more on standard error; twice: every request'
complete -c vortex -n "__fish_vortex_using_subcommand runs" -s h -l help -d 'Print help'
complete -c vortex -n "__fish_vortex_using_subcommand show" -l field -d 'Only this value of the document: a.b[0].c' -r
complete -c vortex -n "__fish_vortex_using_subcommand show" -l store -d 'The store: a profile\'s name or a store hash [env: VORTEX_STORE_HASH]' -r
complete -c vortex -n "__fish_vortex_using_subcommand show" -l db -d 'The version store\'s file [env: VORTEX_DB] [default: <data dir>/vortex/<store hash>.db]' -r -F
complete -c vortex -n "__fish_vortex_using_subcommand show" -l config -d 'The config file [env: VORTEX_CONFIG] [default: <config dir>/vortex/config.toml]' -r -F
complete -c vortex -n "__fish_vortex_using_subcommand show" -l api-url -d 'The API\'s origin [env: VORTEX_API_URL] [default: https://api.bigcommerce.com]' -r
complete -c vortex -n "__fish_vortex_using_subcommand show" -l wait -d 'Wait for another vortex on the same version store, as long as it takes or for DURATION' -r
complete -c vortex -n "__fish_vortex_using_subcommand show" -l json -d 'Print one JSON document instead of text; errors are JSON too, on standard error'
complete -c vortex -n "__fish_vortex_using_subcommand show" -s q -l quiet -d 'Print only errors'
complete -c vortex -n "__fish_vortex_using_subcommand show" -s v -l verbose -d 'Say more on standard error; twice: every request'
complete -c vortex -n "__fish_vortex_using_subcommand show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c vortex -n "__fish_vortex_using_subcommand diff" -l since -d 'Everything that changed in the store since TIME (2026-11-01, 2d, ...)' -r
complete -c vortex -n "__fish_vortex_using_subcommand diff" -l until -d '... and not after TIME' -r
complete -c vortex -n "__fish_vortex_using_subcommand diff" -l entity -d '... and only of this entity (may be repeated, or comma-separated)' -r -f -a "channels\t''
categories\t''
brands\t''
products\t''
customers\t''
orders\t''
pages\t''
email-templates\t''
blog-posts\t''
redirects\t''
promotions\t''
coupons\t''
gift-certificates\t''"
complete -c vortex -n "__fish_vortex_using_subcommand diff" -l format -d 'The form in which one object\'s difference is printed [default: summary]' -r -f -a "summary\t'Field by field, in words'
source\t'A unified diff of the two documents'
side-by-side\t'The two documents beside each other'
json-patch\t'RFC 6902: turns the one document into the other, all fields'
html\t'A page for a browser: in words, then beside each other'"
complete -c vortex -n "__fish_vortex_using_subcommand diff" -l store -d 'The store: a profile\'s name or a store hash [env: VORTEX_STORE_HASH]' -r
complete -c vortex -n "__fish_vortex_using_subcommand diff" -l db -d 'The version store\'s file [env: VORTEX_DB] [default: <data dir>/vortex/<store hash>.db]' -r -F
complete -c vortex -n "__fish_vortex_using_subcommand diff" -l config -d 'The config file [env: VORTEX_CONFIG] [default: <config dir>/vortex/config.toml]' -r -F
complete -c vortex -n "__fish_vortex_using_subcommand diff" -l api-url -d 'The API\'s origin [env: VORTEX_API_URL] [default: https://api.bigcommerce.com]' -r
complete -c vortex -n "__fish_vortex_using_subcommand diff" -l wait -d 'Wait for another vortex on the same version store, as long as it takes or for DURATION' -r
complete -c vortex -n "__fish_vortex_using_subcommand diff" -l all-fields -d 'Show the fields too that change without a merchant\'s edit'
complete -c vortex -n "__fish_vortex_using_subcommand diff" -l exit-code -d 'Exit with 6 when there are differences, with 0 when there are none'
complete -c vortex -n "__fish_vortex_using_subcommand diff" -l json -d 'Print one JSON document instead of text; errors are JSON too, on standard error'
complete -c vortex -n "__fish_vortex_using_subcommand diff" -s q -l quiet -d 'Print only errors'
complete -c vortex -n "__fish_vortex_using_subcommand diff" -s v -l verbose -d 'Say more on standard error; twice: every request'
complete -c vortex -n "__fish_vortex_using_subcommand diff" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c vortex -n "__fish_vortex_using_subcommand restore" -l version -d 'The version of single objects: v3, @TIME, run:N [default: the last that was no deletion]' -r
complete -c vortex -n "__fish_vortex_using_subcommand restore" -l entity -d 'A whole entity (may be repeated, or comma-separated)' -r -f -a "channels\t''
categories\t''
brands\t''
products\t''
customers\t''
orders\t''
pages\t''
email-templates\t''
blog-posts\t''
redirects\t''
promotions\t''
coupons\t''
gift-certificates\t''"
complete -c vortex -n "__fish_vortex_using_subcommand restore" -l at -d 'The moment to go back to: a time (2026-11-01, 2h) or run:N' -r
complete -c vortex -n "__fish_vortex_using_subcommand restore" -l field -d 'Only these fields (price, custom_url.url, variants[].price), comma-separated' -r
complete -c vortex -n "__fish_vortex_using_subcommand restore" -l changed-since -d 'Only objects of which a change was captured at or after TIME; back to what stood then' -r
complete -c vortex -n "__fish_vortex_using_subcommand restore" -l to-store -d 'Restore into another store of the config, and leave this one as it is' -r
complete -c vortex -n "__fish_vortex_using_subcommand restore" -l resume -d 'Go on with a restore that was cut short' -r
complete -c vortex -n "__fish_vortex_using_subcommand restore" -l store -d 'The store: a profile\'s name or a store hash [env: VORTEX_STORE_HASH]' -r
complete -c vortex -n "__fish_vortex_using_subcommand restore" -l db -d 'The version store\'s file [env: VORTEX_DB] [default: <data dir>/vortex/<store hash>.db]' -r -F
complete -c vortex -n "__fish_vortex_using_subcommand restore" -l config -d 'The config file [env: VORTEX_CONFIG] [default: <config dir>/vortex/config.toml]' -r -F
complete -c vortex -n "__fish_vortex_using_subcommand restore" -l api-url -d 'The API\'s origin [env: VORTEX_API_URL] [default: https://api.bigcommerce.com]' -r
complete -c vortex -n "__fish_vortex_using_subcommand restore" -l wait -d 'Wait for another vortex on the same version store, as long as it takes or for DURATION' -r
complete -c vortex -n "__fish_vortex_using_subcommand restore" -l all -d 'Every entity that can be brought back'
complete -c vortex -n "__fish_vortex_using_subcommand restore" -l deleted-only -d 'Only objects that are gone'
complete -c vortex -n "__fish_vortex_using_subcommand restore" -l delete-newer -d 'Delete what was created after that moment, after a question of its own'
complete -c vortex -n "__fish_vortex_using_subcommand restore" -s n -l dry-run -d 'Print the plan and send nothing that changes anything'
complete -c vortex -n "__fish_vortex_using_subcommand restore" -s y -l yes -d 'Ask nothing'
complete -c vortex -n "__fish_vortex_using_subcommand restore" -l no-dependencies -d 'Leave what the objects need (a product\'s brand, a category\'s parent) where it is'
complete -c vortex -n "__fish_vortex_using_subcommand restore" -l force-password-reset -d 'Let customers that are made anew set a password at their next login'
complete -c vortex -n "__fish_vortex_using_subcommand restore" -l as-copy -d 'Leave the object as it is; make a hidden twin of the version beside it, to look at'
complete -c vortex -n "__fish_vortex_using_subcommand restore" -l relink-orders -d 'Point orders to a re-created customer, too'
complete -c vortex -n "__fish_vortex_using_subcommand restore" -l json -d 'Print one JSON document instead of text; errors are JSON too, on standard error'
complete -c vortex -n "__fish_vortex_using_subcommand restore" -s q -l quiet -d 'Print only errors'
complete -c vortex -n "__fish_vortex_using_subcommand restore" -s v -l verbose -d 'Say more on standard error; twice: every request'
complete -c vortex -n "__fish_vortex_using_subcommand restore" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c vortex -n "__fish_vortex_using_subcommand undo" -l to-store -d 'The run is one of a restore into this store (`restore --to-store`)' -r
complete -c vortex -n "__fish_vortex_using_subcommand undo" -l store -d 'The store: a profile\'s name or a store hash [env: VORTEX_STORE_HASH]' -r
complete -c vortex -n "__fish_vortex_using_subcommand undo" -l db -d 'The version store\'s file [env: VORTEX_DB] [default: <data dir>/vortex/<store hash>.db]' -r -F
complete -c vortex -n "__fish_vortex_using_subcommand undo" -l config -d 'The config file [env: VORTEX_CONFIG] [default: <config dir>/vortex/config.toml]' -r -F
complete -c vortex -n "__fish_vortex_using_subcommand undo" -l api-url -d 'The API\'s origin [env: VORTEX_API_URL] [default: https://api.bigcommerce.com]' -r
complete -c vortex -n "__fish_vortex_using_subcommand undo" -l wait -d 'Wait for another vortex on the same version store, as long as it takes or for DURATION' -r
complete -c vortex -n "__fish_vortex_using_subcommand undo" -s n -l dry-run -d 'Print the plan and send nothing that changes anything'
complete -c vortex -n "__fish_vortex_using_subcommand undo" -s y -l yes -d 'Ask nothing'
complete -c vortex -n "__fish_vortex_using_subcommand undo" -l json -d 'Print one JSON document instead of text; errors are JSON too, on standard error'
complete -c vortex -n "__fish_vortex_using_subcommand undo" -s q -l quiet -d 'Print only errors'
complete -c vortex -n "__fish_vortex_using_subcommand undo" -s v -l verbose -d 'Say more on standard error; twice: every request'
complete -c vortex -n "__fish_vortex_using_subcommand undo" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c vortex -n "__fish_vortex_using_subcommand drill" -l store -d 'The store: a profile\'s name or a store hash [env: VORTEX_STORE_HASH]' -r
complete -c vortex -n "__fish_vortex_using_subcommand drill" -l db -d 'The version store\'s file [env: VORTEX_DB] [default: <data dir>/vortex/<store hash>.db]' -r -F
complete -c vortex -n "__fish_vortex_using_subcommand drill" -l config -d 'The config file [env: VORTEX_CONFIG] [default: <config dir>/vortex/config.toml]' -r -F
complete -c vortex -n "__fish_vortex_using_subcommand drill" -l api-url -d 'The API\'s origin [env: VORTEX_API_URL] [default: https://api.bigcommerce.com]' -r
complete -c vortex -n "__fish_vortex_using_subcommand drill" -l wait -d 'Wait for another vortex on the same version store, as long as it takes or for DURATION' -r
complete -c vortex -n "__fish_vortex_using_subcommand drill" -l json -d 'Print one JSON document instead of text; errors are JSON too, on standard error'
complete -c vortex -n "__fish_vortex_using_subcommand drill" -s q -l quiet -d 'Print only errors'
complete -c vortex -n "__fish_vortex_using_subcommand drill" -s v -l verbose -d 'Say more on standard error; twice: every request'
complete -c vortex -n "__fish_vortex_using_subcommand drill" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c vortex -n "__fish_vortex_using_subcommand watch" -l public-url -d 'Where BigCommerce reaches this listener: https on port 443 (http for this machine only)' -r
complete -c vortex -n "__fish_vortex_using_subcommand watch" -l listen -d 'Where to take events in' -r
complete -c vortex -n "__fish_vortex_using_subcommand watch" -l entity -d 'Only this entity (may be repeated, or comma-separated)' -r -f -a "channels\t''
categories\t''
brands\t''
products\t''
customers\t''
orders\t''
pages\t''
email-templates\t''
blog-posts\t''
redirects\t''
promotions\t''
coupons\t''
gift-certificates\t''"
complete -c vortex -n "__fish_vortex_using_subcommand watch" -l sweep -d 'How often to sweep each entity, at most' -r
complete -c vortex -n "__fish_vortex_using_subcommand watch" -l admin-listen -d 'Serve /healthz and /metrics here instead of beside the events' -r
complete -c vortex -n "__fish_vortex_using_subcommand watch" -l tls-cert -d 'Speak TLS by itself, with this certificate chain (PEM)' -r -F
complete -c vortex -n "__fish_vortex_using_subcommand watch" -l tls-key -d 'The certificate\'s key (PEM)' -r -F
complete -c vortex -n "__fish_vortex_using_subcommand watch" -l quota-share -d 'The share of the store\'s API quota to use, above 0 and up to 1 [default: 0.8]' -r
complete -c vortex -n "__fish_vortex_using_subcommand watch" -l store -d 'The store: a profile\'s name or a store hash [env: VORTEX_STORE_HASH]' -r
complete -c vortex -n "__fish_vortex_using_subcommand watch" -l db -d 'The version store\'s file [env: VORTEX_DB] [default: <data dir>/vortex/<store hash>.db]' -r -F
complete -c vortex -n "__fish_vortex_using_subcommand watch" -l config -d 'The config file [env: VORTEX_CONFIG] [default: <config dir>/vortex/config.toml]' -r -F
complete -c vortex -n "__fish_vortex_using_subcommand watch" -l api-url -d 'The API\'s origin [env: VORTEX_API_URL] [default: https://api.bigcommerce.com]' -r
complete -c vortex -n "__fish_vortex_using_subcommand watch" -l wait -d 'Wait for another vortex on the same version store, as long as it takes or for DURATION' -r
complete -c vortex -n "__fish_vortex_using_subcommand watch" -l remove-hooks -d 'Remove the hooks at the end: events from then on are lost'
complete -c vortex -n "__fish_vortex_using_subcommand watch" -l json -d 'Print one JSON document instead of text; errors are JSON too, on standard error'
complete -c vortex -n "__fish_vortex_using_subcommand watch" -s q -l quiet -d 'Print only errors'
complete -c vortex -n "__fish_vortex_using_subcommand watch" -s v -l verbose -d 'Say more on standard error; twice: every request'
complete -c vortex -n "__fish_vortex_using_subcommand watch" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c vortex -n "__fish_vortex_using_subcommand hooks; and not __fish_seen_subcommand_from list enable disable test help" -l store -d 'The store: a profile\'s name or a store hash [env: VORTEX_STORE_HASH]' -r
complete -c vortex -n "__fish_vortex_using_subcommand hooks; and not __fish_seen_subcommand_from list enable disable test help" -l db -d 'The version store\'s file [env: VORTEX_DB] [default: <data dir>/vortex/<store hash>.db]' -r -F
complete -c vortex -n "__fish_vortex_using_subcommand hooks; and not __fish_seen_subcommand_from list enable disable test help" -l config -d 'The config file [env: VORTEX_CONFIG] [default: <config dir>/vortex/config.toml]' -r -F
complete -c vortex -n "__fish_vortex_using_subcommand hooks; and not __fish_seen_subcommand_from list enable disable test help" -l api-url -d 'The API\'s origin [env: VORTEX_API_URL] [default: https://api.bigcommerce.com]' -r
complete -c vortex -n "__fish_vortex_using_subcommand hooks; and not __fish_seen_subcommand_from list enable disable test help" -l wait -d 'Wait for another vortex on the same version store, as long as it takes or for DURATION' -r
complete -c vortex -n "__fish_vortex_using_subcommand hooks; and not __fish_seen_subcommand_from list enable disable test help" -l json -d 'Print one JSON document instead of text; errors are JSON too, on standard error'
complete -c vortex -n "__fish_vortex_using_subcommand hooks; and not __fish_seen_subcommand_from list enable disable test help" -s q -l quiet -d 'Print only errors'
complete -c vortex -n "__fish_vortex_using_subcommand hooks; and not __fish_seen_subcommand_from list enable disable test help" -s v -l verbose -d 'Say more on standard error; twice: every request'
complete -c vortex -n "__fish_vortex_using_subcommand hooks; and not __fish_seen_subcommand_from list enable disable test help" -s h -l help -d 'Print help'
complete -c vortex -n "__fish_vortex_using_subcommand hooks; and not __fish_seen_subcommand_from list enable disable test help" -f -a "list" -d 'A row per hook that this token sees: scope, where it leads, whether it is on'
complete -c vortex -n "__fish_vortex_using_subcommand hooks; and not __fish_seen_subcommand_from list enable disable test help" -f -a "enable" -d 'Register the hooks of these entities, and let their events be captured'
complete -c vortex -n "__fish_vortex_using_subcommand hooks; and not __fish_seen_subcommand_from list enable disable test help" -f -a "disable" -d 'Remove the hooks of these entities; their events and sweeps are ignored from this moment'
complete -c vortex -n "__fish_vortex_using_subcommand hooks; and not __fish_seen_subcommand_from list enable disable test help" -f -a "test" -d 'Prove that the public URL leads to this version store\'s running `watch`'
complete -c vortex -n "__fish_vortex_using_subcommand hooks; and not __fish_seen_subcommand_from list enable disable test help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c vortex -n "__fish_vortex_using_subcommand hooks; and __fish_seen_subcommand_from list" -l store -d 'The store: a profile\'s name or a store hash [env: VORTEX_STORE_HASH]' -r
complete -c vortex -n "__fish_vortex_using_subcommand hooks; and __fish_seen_subcommand_from list" -l db -d 'The version store\'s file [env: VORTEX_DB] [default: <data dir>/vortex/<store hash>.db]' -r -F
complete -c vortex -n "__fish_vortex_using_subcommand hooks; and __fish_seen_subcommand_from list" -l config -d 'The config file [env: VORTEX_CONFIG] [default: <config dir>/vortex/config.toml]' -r -F
complete -c vortex -n "__fish_vortex_using_subcommand hooks; and __fish_seen_subcommand_from list" -l api-url -d 'The API\'s origin [env: VORTEX_API_URL] [default: https://api.bigcommerce.com]' -r
complete -c vortex -n "__fish_vortex_using_subcommand hooks; and __fish_seen_subcommand_from list" -l wait -d 'Wait for another vortex on the same version store, as long as it takes or for DURATION' -r
complete -c vortex -n "__fish_vortex_using_subcommand hooks; and __fish_seen_subcommand_from list" -l json -d 'Print one JSON document instead of text; errors are JSON too, on standard error'
complete -c vortex -n "__fish_vortex_using_subcommand hooks; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print only errors'
complete -c vortex -n "__fish_vortex_using_subcommand hooks; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Say more on standard error; twice: every request'
complete -c vortex -n "__fish_vortex_using_subcommand hooks; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c vortex -n "__fish_vortex_using_subcommand hooks; and __fish_seen_subcommand_from enable" -l public-url -d 'Where BigCommerce reaches the listener [default: that of the last `watch`]' -r
complete -c vortex -n "__fish_vortex_using_subcommand hooks; and __fish_seen_subcommand_from enable" -l store -d 'The store: a profile\'s name or a store hash [env: VORTEX_STORE_HASH]' -r
complete -c vortex -n "__fish_vortex_using_subcommand hooks; and __fish_seen_subcommand_from enable" -l db -d 'The version store\'s file [env: VORTEX_DB] [default: <data dir>/vortex/<store hash>.db]' -r -F
complete -c vortex -n "__fish_vortex_using_subcommand hooks; and __fish_seen_subcommand_from enable" -l config -d 'The config file [env: VORTEX_CONFIG] [default: <config dir>/vortex/config.toml]' -r -F
complete -c vortex -n "__fish_vortex_using_subcommand hooks; and __fish_seen_subcommand_from enable" -l api-url -d 'The API\'s origin [env: VORTEX_API_URL] [default: https://api.bigcommerce.com]' -r
complete -c vortex -n "__fish_vortex_using_subcommand hooks; and __fish_seen_subcommand_from enable" -l wait -d 'Wait for another vortex on the same version store, as long as it takes or for DURATION' -r
complete -c vortex -n "__fish_vortex_using_subcommand hooks; and __fish_seen_subcommand_from enable" -l json -d 'Print one JSON document instead of text; errors are JSON too, on standard error'
complete -c vortex -n "__fish_vortex_using_subcommand hooks; and __fish_seen_subcommand_from enable" -s q -l quiet -d 'Print only errors'
complete -c vortex -n "__fish_vortex_using_subcommand hooks; and __fish_seen_subcommand_from enable" -s v -l verbose -d 'Say more on standard error; twice: every request'
complete -c vortex -n "__fish_vortex_using_subcommand hooks; and __fish_seen_subcommand_from enable" -s h -l help -d 'Print help'
complete -c vortex -n "__fish_vortex_using_subcommand hooks; and __fish_seen_subcommand_from disable" -l store -d 'The store: a profile\'s name or a store hash [env: VORTEX_STORE_HASH]' -r
complete -c vortex -n "__fish_vortex_using_subcommand hooks; and __fish_seen_subcommand_from disable" -l db -d 'The version store\'s file [env: VORTEX_DB] [default: <data dir>/vortex/<store hash>.db]' -r -F
complete -c vortex -n "__fish_vortex_using_subcommand hooks; and __fish_seen_subcommand_from disable" -l config -d 'The config file [env: VORTEX_CONFIG] [default: <config dir>/vortex/config.toml]' -r -F
complete -c vortex -n "__fish_vortex_using_subcommand hooks; and __fish_seen_subcommand_from disable" -l api-url -d 'The API\'s origin [env: VORTEX_API_URL] [default: https://api.bigcommerce.com]' -r
complete -c vortex -n "__fish_vortex_using_subcommand hooks; and __fish_seen_subcommand_from disable" -l wait -d 'Wait for another vortex on the same version store, as long as it takes or for DURATION' -r
complete -c vortex -n "__fish_vortex_using_subcommand hooks; and __fish_seen_subcommand_from disable" -l json -d 'Print one JSON document instead of text; errors are JSON too, on standard error'
complete -c vortex -n "__fish_vortex_using_subcommand hooks; and __fish_seen_subcommand_from disable" -s q -l quiet -d 'Print only errors'
complete -c vortex -n "__fish_vortex_using_subcommand hooks; and __fish_seen_subcommand_from disable" -s v -l verbose -d 'Say more on standard error; twice: every request'
complete -c vortex -n "__fish_vortex_using_subcommand hooks; and __fish_seen_subcommand_from disable" -s h -l help -d 'Print help'
complete -c vortex -n "__fish_vortex_using_subcommand hooks; and __fish_seen_subcommand_from test" -l store -d 'The store: a profile\'s name or a store hash [env: VORTEX_STORE_HASH]' -r
complete -c vortex -n "__fish_vortex_using_subcommand hooks; and __fish_seen_subcommand_from test" -l db -d 'The version store\'s file [env: VORTEX_DB] [default: <data dir>/vortex/<store hash>.db]' -r -F
complete -c vortex -n "__fish_vortex_using_subcommand hooks; and __fish_seen_subcommand_from test" -l config -d 'The config file [env: VORTEX_CONFIG] [default: <config dir>/vortex/config.toml]' -r -F
complete -c vortex -n "__fish_vortex_using_subcommand hooks; and __fish_seen_subcommand_from test" -l api-url -d 'The API\'s origin [env: VORTEX_API_URL] [default: https://api.bigcommerce.com]' -r
complete -c vortex -n "__fish_vortex_using_subcommand hooks; and __fish_seen_subcommand_from test" -l wait -d 'Wait for another vortex on the same version store, as long as it takes or for DURATION' -r
complete -c vortex -n "__fish_vortex_using_subcommand hooks; and __fish_seen_subcommand_from test" -l json -d 'Print one JSON document instead of text; errors are JSON too, on standard error'
complete -c vortex -n "__fish_vortex_using_subcommand hooks; and __fish_seen_subcommand_from test" -s q -l quiet -d 'Print only errors'
complete -c vortex -n "__fish_vortex_using_subcommand hooks; and __fish_seen_subcommand_from test" -s v -l verbose -d 'Say more on standard error; twice: every request'
complete -c vortex -n "__fish_vortex_using_subcommand hooks; and __fish_seen_subcommand_from test" -s h -l help -d 'Print help'
complete -c vortex -n "__fish_vortex_using_subcommand hooks; and __fish_seen_subcommand_from help" -f -a "list" -d 'A row per hook that this token sees: scope, where it leads, whether it is on'
complete -c vortex -n "__fish_vortex_using_subcommand hooks; and __fish_seen_subcommand_from help" -f -a "enable" -d 'Register the hooks of these entities, and let their events be captured'
complete -c vortex -n "__fish_vortex_using_subcommand hooks; and __fish_seen_subcommand_from help" -f -a "disable" -d 'Remove the hooks of these entities; their events and sweeps are ignored from this moment'
complete -c vortex -n "__fish_vortex_using_subcommand hooks; and __fish_seen_subcommand_from help" -f -a "test" -d 'Prove that the public URL leads to this version store\'s running `watch`'
complete -c vortex -n "__fish_vortex_using_subcommand hooks; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c vortex -n "__fish_vortex_using_subcommand status" -l max-age -d 'How old the last good backup of an entity may be' -r
complete -c vortex -n "__fish_vortex_using_subcommand status" -l store -d 'The store: a profile\'s name or a store hash [env: VORTEX_STORE_HASH]' -r
complete -c vortex -n "__fish_vortex_using_subcommand status" -l db -d 'The version store\'s file [env: VORTEX_DB] [default: <data dir>/vortex/<store hash>.db]' -r -F
complete -c vortex -n "__fish_vortex_using_subcommand status" -l config -d 'The config file [env: VORTEX_CONFIG] [default: <config dir>/vortex/config.toml]' -r -F
complete -c vortex -n "__fish_vortex_using_subcommand status" -l api-url -d 'The API\'s origin [env: VORTEX_API_URL] [default: https://api.bigcommerce.com]' -r
complete -c vortex -n "__fish_vortex_using_subcommand status" -l wait -d 'Wait for another vortex on the same version store, as long as it takes or for DURATION' -r
complete -c vortex -n "__fish_vortex_using_subcommand status" -l json -d 'Print one JSON document instead of text; errors are JSON too, on standard error'
complete -c vortex -n "__fish_vortex_using_subcommand status" -s q -l quiet -d 'Print only errors'
complete -c vortex -n "__fish_vortex_using_subcommand status" -s v -l verbose -d 'Say more on standard error; twice: every request'
complete -c vortex -n "__fish_vortex_using_subcommand status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c vortex -n "__fish_vortex_using_subcommand verify" -l store -d 'The store: a profile\'s name or a store hash [env: VORTEX_STORE_HASH]' -r
complete -c vortex -n "__fish_vortex_using_subcommand verify" -l db -d 'The version store\'s file [env: VORTEX_DB] [default: <data dir>/vortex/<store hash>.db]' -r -F
complete -c vortex -n "__fish_vortex_using_subcommand verify" -l config -d 'The config file [env: VORTEX_CONFIG] [default: <config dir>/vortex/config.toml]' -r -F
complete -c vortex -n "__fish_vortex_using_subcommand verify" -l api-url -d 'The API\'s origin [env: VORTEX_API_URL] [default: https://api.bigcommerce.com]' -r
complete -c vortex -n "__fish_vortex_using_subcommand verify" -l wait -d 'Wait for another vortex on the same version store, as long as it takes or for DURATION' -r
complete -c vortex -n "__fish_vortex_using_subcommand verify" -l quick -d 'Only the references and SQLite\'s quick check; no stored body is opened'
complete -c vortex -n "__fish_vortex_using_subcommand verify" -l deep -d 'Also recompute every version\'s fingerprint from its document'
complete -c vortex -n "__fish_vortex_using_subcommand verify" -l json -d 'Print one JSON document instead of text; errors are JSON too, on standard error'
complete -c vortex -n "__fish_vortex_using_subcommand verify" -s q -l quiet -d 'Print only errors'
complete -c vortex -n "__fish_vortex_using_subcommand verify" -s v -l verbose -d 'Say more on standard error; twice: every request'
complete -c vortex -n "__fish_vortex_using_subcommand verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c vortex -n "__fish_vortex_using_subcommand sandbox" -l sample -d 'The sample data to start with' -r
complete -c vortex -n "__fish_vortex_using_subcommand sandbox" -l port -d 'The port on 127.0.0.1 [default: any free one]' -r
complete -c vortex -n "__fish_vortex_using_subcommand sandbox" -l quota -d 'Requests in 30 s that the store allows; the next ones are refused [default: no quota]' -r
complete -c vortex -n "__fish_vortex_using_subcommand sandbox" -l store -d 'The store: a profile\'s name or a store hash [env: VORTEX_STORE_HASH]' -r
complete -c vortex -n "__fish_vortex_using_subcommand sandbox" -l db -d 'The version store\'s file [env: VORTEX_DB] [default: <data dir>/vortex/<store hash>.db]' -r -F
complete -c vortex -n "__fish_vortex_using_subcommand sandbox" -l config -d 'The config file [env: VORTEX_CONFIG] [default: <config dir>/vortex/config.toml]' -r -F
complete -c vortex -n "__fish_vortex_using_subcommand sandbox" -l api-url -d 'The API\'s origin [env: VORTEX_API_URL] [default: https://api.bigcommerce.com]' -r
complete -c vortex -n "__fish_vortex_using_subcommand sandbox" -l wait -d 'Wait for another vortex on the same version store, as long as it takes or for DURATION' -r
complete -c vortex -n "__fish_vortex_using_subcommand sandbox" -l json -d 'Print one JSON document instead of text; errors are JSON too, on standard error'
complete -c vortex -n "__fish_vortex_using_subcommand sandbox" -s q -l quiet -d 'Print only errors'
complete -c vortex -n "__fish_vortex_using_subcommand sandbox" -s v -l verbose -d 'Say more on standard error; twice: every request'
complete -c vortex -n "__fish_vortex_using_subcommand sandbox" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c vortex -n "__fish_vortex_using_subcommand demo" -l keep -d 'Keep the demo\'s files in this folder instead of a temporary one' -r -F
complete -c vortex -n "__fish_vortex_using_subcommand demo" -l store -d 'The store: a profile\'s name or a store hash [env: VORTEX_STORE_HASH]' -r
complete -c vortex -n "__fish_vortex_using_subcommand demo" -l db -d 'The version store\'s file [env: VORTEX_DB] [default: <data dir>/vortex/<store hash>.db]' -r -F
complete -c vortex -n "__fish_vortex_using_subcommand demo" -l config -d 'The config file [env: VORTEX_CONFIG] [default: <config dir>/vortex/config.toml]' -r -F
complete -c vortex -n "__fish_vortex_using_subcommand demo" -l api-url -d 'The API\'s origin [env: VORTEX_API_URL] [default: https://api.bigcommerce.com]' -r
complete -c vortex -n "__fish_vortex_using_subcommand demo" -l wait -d 'Wait for another vortex on the same version store, as long as it takes or for DURATION' -r
complete -c vortex -n "__fish_vortex_using_subcommand demo" -l json -d 'Print one JSON document instead of text; errors are JSON too, on standard error'
complete -c vortex -n "__fish_vortex_using_subcommand demo" -s q -l quiet -d 'Print only errors'
complete -c vortex -n "__fish_vortex_using_subcommand demo" -s v -l verbose -d 'Say more on standard error; twice: every request'
complete -c vortex -n "__fish_vortex_using_subcommand demo" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c vortex -n "__fish_vortex_using_subcommand completions" -l store -d 'The store: a profile\'s name or a store hash [env: VORTEX_STORE_HASH]' -r
complete -c vortex -n "__fish_vortex_using_subcommand completions" -l db -d 'The version store\'s file [env: VORTEX_DB] [default: <data dir>/vortex/<store hash>.db]' -r -F
complete -c vortex -n "__fish_vortex_using_subcommand completions" -l config -d 'The config file [env: VORTEX_CONFIG] [default: <config dir>/vortex/config.toml]' -r -F
complete -c vortex -n "__fish_vortex_using_subcommand completions" -l api-url -d 'The API\'s origin [env: VORTEX_API_URL] [default: https://api.bigcommerce.com]' -r
complete -c vortex -n "__fish_vortex_using_subcommand completions" -l wait -d 'Wait for another vortex on the same version store, as long as it takes or for DURATION' -r
complete -c vortex -n "__fish_vortex_using_subcommand completions" -l json -d 'Print one JSON document instead of text; errors are JSON too, on standard error'
complete -c vortex -n "__fish_vortex_using_subcommand completions" -s q -l quiet -d 'Print only errors'
complete -c vortex -n "__fish_vortex_using_subcommand completions" -s v -l verbose -d 'Say more on standard error; twice: every request'
complete -c vortex -n "__fish_vortex_using_subcommand completions" -s h -l help -d 'Print help'
complete -c vortex -n "__fish_vortex_using_subcommand man" -l out -d 'Write all pages into this folder' -r -F
complete -c vortex -n "__fish_vortex_using_subcommand man" -l store -d 'The store: a profile\'s name or a store hash [env: VORTEX_STORE_HASH]' -r
complete -c vortex -n "__fish_vortex_using_subcommand man" -l db -d 'The version store\'s file [env: VORTEX_DB] [default: <data dir>/vortex/<store hash>.db]' -r -F
complete -c vortex -n "__fish_vortex_using_subcommand man" -l config -d 'The config file [env: VORTEX_CONFIG] [default: <config dir>/vortex/config.toml]' -r -F
complete -c vortex -n "__fish_vortex_using_subcommand man" -l api-url -d 'The API\'s origin [env: VORTEX_API_URL] [default: https://api.bigcommerce.com]' -r
complete -c vortex -n "__fish_vortex_using_subcommand man" -l wait -d 'Wait for another vortex on the same version store, as long as it takes or for DURATION' -r
complete -c vortex -n "__fish_vortex_using_subcommand man" -l json -d 'Print one JSON document instead of text; errors are JSON too, on standard error'
complete -c vortex -n "__fish_vortex_using_subcommand man" -s q -l quiet -d 'Print only errors'
complete -c vortex -n "__fish_vortex_using_subcommand man" -s v -l verbose -d 'Say more on standard error; twice: every request'
complete -c vortex -n "__fish_vortex_using_subcommand man" -s h -l help -d 'Print help'
complete -c vortex -n "__fish_vortex_using_subcommand help; and not __fish_seen_subcommand_from login entities backup list runs show diff restore undo drill watch hooks status verify sandbox demo completions man help" -f -a "login" -d 'Keep a store hash and an API token, after trying them'
complete -c vortex -n "__fish_vortex_using_subcommand help; and not __fish_seen_subcommand_from login entities backup list runs show diff restore undo drill watch hooks status verify sandbox demo completions man help" -f -a "entities" -d 'What can be backed up, and what can be brought back'
complete -c vortex -n "__fish_vortex_using_subcommand help; and not __fish_seen_subcommand_from login entities backup list runs show diff restore undo drill watch hooks status verify sandbox demo completions man help" -f -a "backup" -d 'Back the store up: read it and keep a version of all that changed'
complete -c vortex -n "__fish_vortex_using_subcommand help; and not __fish_seen_subcommand_from login entities backup list runs show diff restore undo drill watch hooks status verify sandbox demo completions man help" -f -a "list" -d 'What the version store holds: entities, objects, or one object\'s versions'
complete -c vortex -n "__fish_vortex_using_subcommand help; and not __fish_seen_subcommand_from login entities backup list runs show diff restore undo drill watch hooks status verify sandbox demo completions man help" -f -a "runs" -d 'The runs: when, what kind, how they ended'
complete -c vortex -n "__fish_vortex_using_subcommand help; and not __fish_seen_subcommand_from login entities backup list runs show diff restore undo drill watch hooks status verify sandbox demo completions man help" -f -a "show" -d 'Print an object\'s document as BigCommerce sent it'
complete -c vortex -n "__fish_vortex_using_subcommand help; and not __fish_seen_subcommand_from login entities backup list runs show diff restore undo drill watch hooks status verify sandbox demo completions man help" -f -a "diff" -d 'What changed in one object between two versions, or in the store since a time'
complete -c vortex -n "__fish_vortex_using_subcommand help; and not __fish_seen_subcommand_from login entities backup list runs show diff restore undo drill watch hooks status verify sandbox demo completions man help" -f -a "restore" -d 'Bring objects, or whole entities, back to what they were'
complete -c vortex -n "__fish_vortex_using_subcommand help; and not __fish_seen_subcommand_from login entities backup list runs show diff restore undo drill watch hooks status verify sandbox demo completions man help" -f -a "undo" -d 'Take a restore back, from the safety versions that it made first'
complete -c vortex -n "__fish_vortex_using_subcommand help; and not __fish_seen_subcommand_from login entities backup list runs show diff restore undo drill watch hooks status verify sandbox demo completions man help" -f -a "drill" -d 'Rehearse: restore the newest state into an empty sandbox store, and compare'
complete -c vortex -n "__fish_vortex_using_subcommand help; and not __fish_seen_subcommand_from login entities backup list runs show diff restore undo drill watch hooks status verify sandbox demo completions man help" -f -a "watch" -d 'Capture changes as they happen, from the store\'s webhooks, and sweep what webhooks never tell'
complete -c vortex -n "__fish_vortex_using_subcommand help; and not __fish_seen_subcommand_from login entities backup list runs show diff restore undo drill watch hooks status verify sandbox demo completions man help" -f -a "hooks" -d 'Look at the webhooks, switch entities on and off, and test that events arrive'
complete -c vortex -n "__fish_vortex_using_subcommand help; and not __fish_seen_subcommand_from login entities backup list runs show diff restore undo drill watch hooks status verify sandbox demo completions man help" -f -a "status" -d 'Is the backup healthy? The last good run per entity and its age'
complete -c vortex -n "__fish_vortex_using_subcommand help; and not __fish_seen_subcommand_from login entities backup list runs show diff restore undo drill watch hooks status verify sandbox demo completions man help" -f -a "verify" -d 'Check the version store: every stored byte against its hash, every reference'
complete -c vortex -n "__fish_vortex_using_subcommand help; and not __fish_seen_subcommand_from login entities backup list runs show diff restore undo drill watch hooks status verify sandbox demo completions man help" -f -a "sandbox" -d 'Serve a BigCommerce-shaped store on this machine, to try vortex on'
complete -c vortex -n "__fish_vortex_using_subcommand help; and not __fish_seen_subcommand_from login entities backup list runs show diff restore undo drill watch hooks status verify sandbox demo completions man help" -f -a "demo" -d 'A tour in under a minute, on a sandbox store in a temporary folder'
complete -c vortex -n "__fish_vortex_using_subcommand help; and not __fish_seen_subcommand_from login entities backup list runs show diff restore undo drill watch hooks status verify sandbox demo completions man help" -f -a "completions" -d 'Print a shell\'s completion script'
complete -c vortex -n "__fish_vortex_using_subcommand help; and not __fish_seen_subcommand_from login entities backup list runs show diff restore undo drill watch hooks status verify sandbox demo completions man help" -f -a "man" -d 'Print the manual page, or write one page per subcommand'
complete -c vortex -n "__fish_vortex_using_subcommand help; and not __fish_seen_subcommand_from login entities backup list runs show diff restore undo drill watch hooks status verify sandbox demo completions man help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c vortex -n "__fish_vortex_using_subcommand help; and __fish_seen_subcommand_from hooks" -f -a "list" -d 'A row per hook that this token sees: scope, where it leads, whether it is on'
complete -c vortex -n "__fish_vortex_using_subcommand help; and __fish_seen_subcommand_from hooks" -f -a "enable" -d 'Register the hooks of these entities, and let their events be captured'
complete -c vortex -n "__fish_vortex_using_subcommand help; and __fish_seen_subcommand_from hooks" -f -a "disable" -d 'Remove the hooks of these entities; their events and sweeps are ignored from this moment'
complete -c vortex -n "__fish_vortex_using_subcommand help; and __fish_seen_subcommand_from hooks" -f -a "test" -d 'Prove that the public URL leads to this version store\'s running `watch`'
