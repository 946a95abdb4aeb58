
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'vortex' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'vortex'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'vortex' {
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'The store: a profile''s name or a store hash [env: VORTEX_STORE_HASH]')
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'The version store''s file [env: VORTEX_DB] [default: <data dir>/vortex/<store hash>.db]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The config file [env: VORTEX_CONFIG] [default: <config dir>/vortex/config.toml]')
            [CompletionResult]::new('--api-url', '--api-url', [CompletionResultType]::ParameterName, 'The API''s origin [env: VORTEX_API_URL] [default: https://api.bigcommerce.com]')
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Wait for another vortex on the same version store, as long as it takes or for DURATION')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document instead of text; errors are JSON too, on standard error')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on standard error; twice: every request')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on standard error; twice: every request')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('login', 'login', [CompletionResultType]::ParameterValue, 'Keep a store hash and an API token, after trying them')
            [CompletionResult]::new('entities', 'entities', [CompletionResultType]::ParameterValue, 'What can be backed up, and what can be brought back')
            [CompletionResult]::new('backup', 'backup', [CompletionResultType]::ParameterValue, 'Back the store up: read it and keep a version of all that changed')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'What the version store holds: entities, objects, or one object''s versions')
            [CompletionResult]::new('runs', 'runs', [CompletionResultType]::ParameterValue, 'The runs: when, what kind, how they ended')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Print an object''s document as BigCommerce sent it')
            [CompletionResult]::new('diff', 'diff', [CompletionResultType]::ParameterValue, 'What changed in one object between two versions, or in the store since a time')
            [CompletionResult]::new('restore', 'restore', [CompletionResultType]::ParameterValue, 'Bring objects, or whole entities, back to what they were')
            [CompletionResult]::new('undo', 'undo', [CompletionResultType]::ParameterValue, 'Take a restore back, from the safety versions that it made first')
            [CompletionResult]::new('drill', 'drill', [CompletionResultType]::ParameterValue, 'Rehearse: restore the newest state into an empty sandbox store, and compare')
            [CompletionResult]::new('watch', 'watch', [CompletionResultType]::ParameterValue, 'Capture changes as they happen, from the store''s webhooks, and sweep what webhooks never tell')
            [CompletionResult]::new('hooks', 'hooks', [CompletionResultType]::ParameterValue, 'Look at the webhooks, switch entities on and off, and test that events arrive')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Is the backup healthy? The last good run per entity and its age')
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'Check the version store: every stored byte against its hash, every reference')
            [CompletionResult]::new('sandbox', 'sandbox', [CompletionResultType]::ParameterValue, 'Serve a BigCommerce-shaped store on this machine, to try vortex on')
            [CompletionResult]::new('demo', 'demo', [CompletionResultType]::ParameterValue, 'A tour in under a minute, on a sandbox store in a temporary folder')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print a shell''s completion script')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Print the manual page, or write one page per subcommand')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'vortex;login' {
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Keep the token in this file (made readable by its owner only) instead of the keyring')
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'The profile''s name in the config file [default: the store hash]')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'The store: a profile''s name or a store hash [env: VORTEX_STORE_HASH]')
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'The version store''s file [env: VORTEX_DB] [default: <data dir>/vortex/<store hash>.db]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The config file [env: VORTEX_CONFIG] [default: <config dir>/vortex/config.toml]')
            [CompletionResult]::new('--api-url', '--api-url', [CompletionResultType]::ParameterName, 'The API''s origin [env: VORTEX_API_URL] [default: https://api.bigcommerce.com]')
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Wait for another vortex on the same version store, as long as it takes or for DURATION')
            [CompletionResult]::new('--token-stdin', '--token-stdin', [CompletionResultType]::ParameterName, 'Read the token from standard input')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document instead of text; errors are JSON too, on standard error')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on standard error; twice: every request')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on standard error; twice: every request')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'vortex;entities' {
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'The store: a profile''s name or a store hash [env: VORTEX_STORE_HASH]')
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'The version store''s file [env: VORTEX_DB] [default: <data dir>/vortex/<store hash>.db]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The config file [env: VORTEX_CONFIG] [default: <config dir>/vortex/config.toml]')
            [CompletionResult]::new('--api-url', '--api-url', [CompletionResultType]::ParameterName, 'The API''s origin [env: VORTEX_API_URL] [default: https://api.bigcommerce.com]')
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Wait for another vortex on the same version store, as long as it takes or for DURATION')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document instead of text; errors are JSON too, on standard error')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on standard error; twice: every request')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on standard error; twice: every request')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'vortex;backup' {
            [CompletionResult]::new('--entity', '--entity', [CompletionResultType]::ParameterName, 'Only this entity (may be repeated, or comma-separated)')
            [CompletionResult]::new('--exclude', '--exclude', [CompletionResultType]::ParameterName, 'All but this entity (may be repeated, or comma-separated)')
            [CompletionResult]::new('--quota-share', '--quota-share', [CompletionResultType]::ParameterName, 'The share of the store''s API quota to use, above 0 and up to 1 [default: 0.8]')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'The store: a profile''s name or a store hash [env: VORTEX_STORE_HASH]')
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'The version store''s file [env: VORTEX_DB] [default: <data dir>/vortex/<store hash>.db]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The config file [env: VORTEX_CONFIG] [default: <config dir>/vortex/config.toml]')
            [CompletionResult]::new('--api-url', '--api-url', [CompletionResultType]::ParameterName, 'The API''s origin [env: VORTEX_API_URL] [default: https://api.bigcommerce.com]')
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Wait for another vortex on the same version store, as long as it takes or for DURATION')
            [CompletionResult]::new('--full', '--full', [CompletionResultType]::ParameterName, 'Read all parts of all objects anew, the expensive ones too, and every image held; skip nothing')
            [CompletionResult]::new('--images', '--images', [CompletionResultType]::ParameterName, 'Fetch the bytes of images that are not held yet (this is the default)')
            [CompletionResult]::new('--no-images', '--no-images', [CompletionResultType]::ParameterName, 'Leave the bytes of images out: what is deleted comes back without pictures')
            [CompletionResult]::new('--all-stores', '--all-stores', [CompletionResultType]::ParameterName, 'Back up every profile of the config file, side by side')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document instead of text; errors are JSON too, on standard error')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on standard error; twice: every request')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on standard error; twice: every request')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'vortex;list' {
            [CompletionResult]::new('--changed-since', '--changed-since', [CompletionResultType]::ParameterName, 'Only objects whose last change was captured at or after TIME (2026-11-01, 2d, ...)')
            [CompletionResult]::new('--search', '--search', [CompletionResultType]::ParameterName, 'Only objects with these words in their name, SKU, e-mail address, code, ...')
            [CompletionResult]::new('--limit', '--limit', [CompletionResultType]::ParameterName, 'At most N rows')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'The store: a profile''s name or a store hash [env: VORTEX_STORE_HASH]')
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'The version store''s file [env: VORTEX_DB] [default: <data dir>/vortex/<store hash>.db]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The config file [env: VORTEX_CONFIG] [default: <config dir>/vortex/config.toml]')
            [CompletionResult]::new('--api-url', '--api-url', [CompletionResultType]::ParameterName, 'The API''s origin [env: VORTEX_API_URL] [default: https://api.bigcommerce.com]')
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Wait for another vortex on the same version store, as long as it takes or for DURATION')
            [CompletionResult]::new('--deleted', '--deleted', [CompletionResultType]::ParameterName, 'Only objects that are gone from the store')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'Live objects and deleted ones')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document instead of text; errors are JSON too, on standard error')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on standard error; twice: every request')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on standard error; twice: every request')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'vortex;runs' {
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'The store: a profile''s name or a store hash [env: VORTEX_STORE_HASH]')
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'The version store''s file [env: VORTEX_DB] [default: <data dir>/vortex/<store hash>.db]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The config file [env: VORTEX_CONFIG] [default: <config dir>/vortex/config.toml]')
            [CompletionResult]::new('--api-url', '--api-url', [CompletionResultType]::ParameterName, 'The API''s origin [env: VORTEX_API_URL] [default: https://api.bigcommerce.com]')
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Wait for another vortex on the same version store, as long as it takes or for DURATION')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document instead of text; errors are JSON too, on standard error')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on standard error; twice: every request')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on standard error; twice: every request')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'vortex;show' {
            [CompletionResult]::new('--field', '--field', [CompletionResultType]::ParameterName, 'Only this value of the document: a.b[0].c')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'The store: a profile''s name or a store hash [env: VORTEX_STORE_HASH]')
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'The version store''s file [env: VORTEX_DB] [default: <data dir>/vortex/<store hash>.db]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The config file [env: VORTEX_CONFIG] [default: <config dir>/vortex/config.toml]')
            [CompletionResult]::new('--api-url', '--api-url', [CompletionResultType]::ParameterName, 'The API''s origin [env: VORTEX_API_URL] [default: https://api.bigcommerce.com]')
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Wait for another vortex on the same version store, as long as it takes or for DURATION')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document instead of text; errors are JSON too, on standard error')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on standard error; twice: every request')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on standard error; twice: every request')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'vortex;diff' {
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'Everything that changed in the store since TIME (2026-11-01, 2d, ...)')
            [CompletionResult]::new('--until', '--until', [CompletionResultType]::ParameterName, '... and not after TIME')
            [CompletionResult]::new('--entity', '--entity', [CompletionResultType]::ParameterName, '... and only of this entity (may be repeated, or comma-separated)')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'The form in which one object''s difference is printed [default: summary]')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'The store: a profile''s name or a store hash [env: VORTEX_STORE_HASH]')
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'The version store''s file [env: VORTEX_DB] [default: <data dir>/vortex/<store hash>.db]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The config file [env: VORTEX_CONFIG] [default: <config dir>/vortex/config.toml]')
            [CompletionResult]::new('--api-url', '--api-url', [CompletionResultType]::ParameterName, 'The API''s origin [env: VORTEX_API_URL] [default: https://api.bigcommerce.com]')
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Wait for another vortex on the same version store, as long as it takes or for DURATION')
            [CompletionResult]::new('--all-fields', '--all-fields', [CompletionResultType]::ParameterName, 'Show the fields too that change without a merchant''s edit')
            [CompletionResult]::new('--exit-code', '--exit-code', [CompletionResultType]::ParameterName, 'Exit with 6 when there are differences, with 0 when there are none')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document instead of text; errors are JSON too, on standard error')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on standard error; twice: every request')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on standard error; twice: every request')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'vortex;restore' {
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'The version of single objects: v3, @TIME, run:N [default: the last that was no deletion]')
            [CompletionResult]::new('--entity', '--entity', [CompletionResultType]::ParameterName, 'A whole entity (may be repeated, or comma-separated)')
            [CompletionResult]::new('--at', '--at', [CompletionResultType]::ParameterName, 'The moment to go back to: a time (2026-11-01, 2h) or run:N')
            [CompletionResult]::new('--field', '--field', [CompletionResultType]::ParameterName, 'Only these fields (price, custom_url.url, variants[].price), comma-separated')
            [CompletionResult]::new('--changed-since', '--changed-since', [CompletionResultType]::ParameterName, 'Only objects of which a change was captured at or after TIME; back to what stood then')
            [CompletionResult]::new('--to-store', '--to-store', [CompletionResultType]::ParameterName, 'Restore into another store of the config, and leave this one as it is')
            [CompletionResult]::new('--resume', '--resume', [CompletionResultType]::ParameterName, 'Go on with a restore that was cut short')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'The store: a profile''s name or a store hash [env: VORTEX_STORE_HASH]')
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'The version store''s file [env: VORTEX_DB] [default: <data dir>/vortex/<store hash>.db]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The config file [env: VORTEX_CONFIG] [default: <config dir>/vortex/config.toml]')
            [CompletionResult]::new('--api-url', '--api-url', [CompletionResultType]::ParameterName, 'The API''s origin [env: VORTEX_API_URL] [default: https://api.bigcommerce.com]')
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Wait for another vortex on the same version store, as long as it takes or for DURATION')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'Every entity that can be brought back')
            [CompletionResult]::new('--deleted-only', '--deleted-only', [CompletionResultType]::ParameterName, 'Only objects that are gone')
            [CompletionResult]::new('--delete-newer', '--delete-newer', [CompletionResultType]::ParameterName, 'Delete what was created after that moment, after a question of its own')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Print the plan and send nothing that changes anything')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Print the plan and send nothing that changes anything')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Ask nothing')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Ask nothing')
            [CompletionResult]::new('--no-dependencies', '--no-dependencies', [CompletionResultType]::ParameterName, 'Leave what the objects need (a product''s brand, a category''s parent) where it is')
            [CompletionResult]::new('--force-password-reset', '--force-password-reset', [CompletionResultType]::ParameterName, 'Let customers that are made anew set a password at their next login')
            [CompletionResult]::new('--as-copy', '--as-copy', [CompletionResultType]::ParameterName, 'Leave the object as it is; make a hidden twin of the version beside it, to look at')
            [CompletionResult]::new('--relink-orders', '--relink-orders', [CompletionResultType]::ParameterName, 'Point orders to a re-created customer, too')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document instead of text; errors are JSON too, on standard error')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on standard error; twice: every request')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on standard error; twice: every request')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'vortex;undo' {
            [CompletionResult]::new('--to-store', '--to-store', [CompletionResultType]::ParameterName, 'The run is one of a restore into this store (`restore --to-store`)')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'The store: a profile''s name or a store hash [env: VORTEX_STORE_HASH]')
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'The version store''s file [env: VORTEX_DB] [default: <data dir>/vortex/<store hash>.db]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The config file [env: VORTEX_CONFIG] [default: <config dir>/vortex/config.toml]')
            [CompletionResult]::new('--api-url', '--api-url', [CompletionResultType]::ParameterName, 'The API''s origin [env: VORTEX_API_URL] [default: https://api.bigcommerce.com]')
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Wait for another vortex on the same version store, as long as it takes or for DURATION')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Print the plan and send nothing that changes anything')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Print the plan and send nothing that changes anything')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Ask nothing')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Ask nothing')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document instead of text; errors are JSON too, on standard error')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on standard error; twice: every request')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on standard error; twice: every request')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'vortex;drill' {
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'The store: a profile''s name or a store hash [env: VORTEX_STORE_HASH]')
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'The version store''s file [env: VORTEX_DB] [default: <data dir>/vortex/<store hash>.db]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The config file [env: VORTEX_CONFIG] [default: <config dir>/vortex/config.toml]')
            [CompletionResult]::new('--api-url', '--api-url', [CompletionResultType]::ParameterName, 'The API''s origin [env: VORTEX_API_URL] [default: https://api.bigcommerce.com]')
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Wait for another vortex on the same version store, as long as it takes or for DURATION')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document instead of text; errors are JSON too, on standard error')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on standard error; twice: every request')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on standard error; twice: every request')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'vortex;watch' {
            [CompletionResult]::new('--public-url', '--public-url', [CompletionResultType]::ParameterName, 'Where BigCommerce reaches this listener: https on port 443 (http for this machine only)')
            [CompletionResult]::new('--listen', '--listen', [CompletionResultType]::ParameterName, 'Where to take events in')
            [CompletionResult]::new('--entity', '--entity', [CompletionResultType]::ParameterName, 'Only this entity (may be repeated, or comma-separated)')
            [CompletionResult]::new('--sweep', '--sweep', [CompletionResultType]::ParameterName, 'How often to sweep each entity, at most')
            [CompletionResult]::new('--admin-listen', '--admin-listen', [CompletionResultType]::ParameterName, 'Serve /healthz and /metrics here instead of beside the events')
            [CompletionResult]::new('--tls-cert', '--tls-cert', [CompletionResultType]::ParameterName, 'Speak TLS by itself, with this certificate chain (PEM)')
            [CompletionResult]::new('--tls-key', '--tls-key', [CompletionResultType]::ParameterName, 'The certificate''s key (PEM)')
            [CompletionResult]::new('--quota-share', '--quota-share', [CompletionResultType]::ParameterName, 'The share of the store''s API quota to use, above 0 and up to 1 [default: 0.8]')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'The store: a profile''s name or a store hash [env: VORTEX_STORE_HASH]')
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'The version store''s file [env: VORTEX_DB] [default: <data dir>/vortex/<store hash>.db]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The config file [env: VORTEX_CONFIG] [default: <config dir>/vortex/config.toml]')
            [CompletionResult]::new('--api-url', '--api-url', [CompletionResultType]::ParameterName, 'The API''s origin [env: VORTEX_API_URL] [default: https://api.bigcommerce.com]')
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Wait for another vortex on the same version store, as long as it takes or for DURATION')
            [CompletionResult]::new('--remove-hooks', '--remove-hooks', [CompletionResultType]::ParameterName, 'Remove the hooks at the end: events from then on are lost')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document instead of text; errors are JSON too, on standard error')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on standard error; twice: every request')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on standard error; twice: every request')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'vortex;hooks' {
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'The store: a profile''s name or a store hash [env: VORTEX_STORE_HASH]')
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'The version store''s file [env: VORTEX_DB] [default: <data dir>/vortex/<store hash>.db]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The config file [env: VORTEX_CONFIG] [default: <config dir>/vortex/config.toml]')
            [CompletionResult]::new('--api-url', '--api-url', [CompletionResultType]::ParameterName, 'The API''s origin [env: VORTEX_API_URL] [default: https://api.bigcommerce.com]')
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Wait for another vortex on the same version store, as long as it takes or for DURATION')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document instead of text; errors are JSON too, on standard error')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on standard error; twice: every request')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on standard error; twice: every request')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'A row per hook that this token sees: scope, where it leads, whether it is on')
            [CompletionResult]::new('enable', 'enable', [CompletionResultType]::ParameterValue, 'Register the hooks of these entities, and let their events be captured')
            [CompletionResult]::new('disable', 'disable', [CompletionResultType]::ParameterValue, 'Remove the hooks of these entities; their events and sweeps are ignored from this moment')
            [CompletionResult]::new('test', 'test', [CompletionResultType]::ParameterValue, 'Prove that the public URL leads to this version store''s running `watch`')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'vortex;hooks;list' {
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'The store: a profile''s name or a store hash [env: VORTEX_STORE_HASH]')
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'The version store''s file [env: VORTEX_DB] [default: <data dir>/vortex/<store hash>.db]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The config file [env: VORTEX_CONFIG] [default: <config dir>/vortex/config.toml]')
            [CompletionResult]::new('--api-url', '--api-url', [CompletionResultType]::ParameterName, 'The API''s origin [env: VORTEX_API_URL] [default: https://api.bigcommerce.com]')
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Wait for another vortex on the same version store, as long as it takes or for DURATION')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document instead of text; errors are JSON too, on standard error')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on standard error; twice: every request')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on standard error; twice: every request')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'vortex;hooks;enable' {
            [CompletionResult]::new('--public-url', '--public-url', [CompletionResultType]::ParameterName, 'Where BigCommerce reaches the listener [default: that of the last `watch`]')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'The store: a profile''s name or a store hash [env: VORTEX_STORE_HASH]')
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'The version store''s file [env: VORTEX_DB] [default: <data dir>/vortex/<store hash>.db]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The config file [env: VORTEX_CONFIG] [default: <config dir>/vortex/config.toml]')
            [CompletionResult]::new('--api-url', '--api-url', [CompletionResultType]::ParameterName, 'The API''s origin [env: VORTEX_API_URL] [default: https://api.bigcommerce.com]')
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Wait for another vortex on the same version store, as long as it takes or for DURATION')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document instead of text; errors are JSON too, on standard error')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on standard error; twice: every request')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on standard error; twice: every request')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'vortex;hooks;disable' {
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'The store: a profile''s name or a store hash [env: VORTEX_STORE_HASH]')
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'The version store''s file [env: VORTEX_DB] [default: <data dir>/vortex/<store hash>.db]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The config file [env: VORTEX_CONFIG] [default: <config dir>/vortex/config.toml]')
            [CompletionResult]::new('--api-url', '--api-url', [CompletionResultType]::ParameterName, 'The API''s origin [env: VORTEX_API_URL] [default: https://api.bigcommerce.com]')
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Wait for another vortex on the same version store, as long as it takes or for DURATION')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document instead of text; errors are JSON too, on standard error')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on standard error; twice: every request')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on standard error; twice: every request')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'vortex;hooks;test' {
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'The store: a profile''s name or a store hash [env: VORTEX_STORE_HASH]')
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'The version store''s file [env: VORTEX_DB] [default: <data dir>/vortex/<store hash>.db]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The config file [env: VORTEX_CONFIG] [default: <config dir>/vortex/config.toml]')
            [CompletionResult]::new('--api-url', '--api-url', [CompletionResultType]::ParameterName, 'The API''s origin [env: VORTEX_API_URL] [default: https://api.bigcommerce.com]')
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Wait for another vortex on the same version store, as long as it takes or for DURATION')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document instead of text; errors are JSON too, on standard error')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on standard error; twice: every request')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on standard error; twice: every request')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'vortex;hooks;help' {
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'A row per hook that this token sees: scope, where it leads, whether it is on')
            [CompletionResult]::new('enable', 'enable', [CompletionResultType]::ParameterValue, 'Register the hooks of these entities, and let their events be captured')
            [CompletionResult]::new('disable', 'disable', [CompletionResultType]::ParameterValue, 'Remove the hooks of these entities; their events and sweeps are ignored from this moment')
            [CompletionResult]::new('test', 'test', [CompletionResultType]::ParameterValue, 'Prove that the public URL leads to this version store''s running `watch`')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'vortex;hooks;help;list' {
            break
        }
        'vortex;hooks;help;enable' {
            break
        }
        'vortex;hooks;help;disable' {
            break
        }
        'vortex;hooks;help;test' {
            break
        }
        'vortex;hooks;help;help' {
            break
        }
        'vortex;status' {
            [CompletionResult]::new('--max-age', '--max-age', [CompletionResultType]::ParameterName, 'How old the last good backup of an entity may be')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'The store: a profile''s name or a store hash [env: VORTEX_STORE_HASH]')
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'The version store''s file [env: VORTEX_DB] [default: <data dir>/vortex/<store hash>.db]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The config file [env: VORTEX_CONFIG] [default: <config dir>/vortex/config.toml]')
            [CompletionResult]::new('--api-url', '--api-url', [CompletionResultType]::ParameterName, 'The API''s origin [env: VORTEX_API_URL] [default: https://api.bigcommerce.com]')
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Wait for another vortex on the same version store, as long as it takes or for DURATION')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document instead of text; errors are JSON too, on standard error')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on standard error; twice: every request')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on standard error; twice: every request')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'vortex;verify' {
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'The store: a profile''s name or a store hash [env: VORTEX_STORE_HASH]')
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'The version store''s file [env: VORTEX_DB] [default: <data dir>/vortex/<store hash>.db]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The config file [env: VORTEX_CONFIG] [default: <config dir>/vortex/config.toml]')
            [CompletionResult]::new('--api-url', '--api-url', [CompletionResultType]::ParameterName, 'The API''s origin [env: VORTEX_API_URL] [default: https://api.bigcommerce.com]')
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Wait for another vortex on the same version store, as long as it takes or for DURATION')
            [CompletionResult]::new('--quick', '--quick', [CompletionResultType]::ParameterName, 'Only the references and SQLite''s quick check; no stored body is opened')
            [CompletionResult]::new('--deep', '--deep', [CompletionResultType]::ParameterName, 'Also recompute every version''s fingerprint from its document')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document instead of text; errors are JSON too, on standard error')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on standard error; twice: every request')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on standard error; twice: every request')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'vortex;sandbox' {
            [CompletionResult]::new('--sample', '--sample', [CompletionResultType]::ParameterName, 'The sample data to start with')
            [CompletionResult]::new('--port', '--port', [CompletionResultType]::ParameterName, 'The port on 127.0.0.1 [default: any free one]')
            [CompletionResult]::new('--quota', '--quota', [CompletionResultType]::ParameterName, 'Requests in 30 s that the store allows; the next ones are refused [default: no quota]')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'The store: a profile''s name or a store hash [env: VORTEX_STORE_HASH]')
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'The version store''s file [env: VORTEX_DB] [default: <data dir>/vortex/<store hash>.db]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The config file [env: VORTEX_CONFIG] [default: <config dir>/vortex/config.toml]')
            [CompletionResult]::new('--api-url', '--api-url', [CompletionResultType]::ParameterName, 'The API''s origin [env: VORTEX_API_URL] [default: https://api.bigcommerce.com]')
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Wait for another vortex on the same version store, as long as it takes or for DURATION')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document instead of text; errors are JSON too, on standard error')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on standard error; twice: every request')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on standard error; twice: every request')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'vortex;demo' {
            [CompletionResult]::new('--keep', '--keep', [CompletionResultType]::ParameterName, 'Keep the demo''s files in this folder instead of a temporary one')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'The store: a profile''s name or a store hash [env: VORTEX_STORE_HASH]')
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'The version store''s file [env: VORTEX_DB] [default: <data dir>/vortex/<store hash>.db]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The config file [env: VORTEX_CONFIG] [default: <config dir>/vortex/config.toml]')
            [CompletionResult]::new('--api-url', '--api-url', [CompletionResultType]::ParameterName, 'The API''s origin [env: VORTEX_API_URL] [default: https://api.bigcommerce.com]')
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Wait for another vortex on the same version store, as long as it takes or for DURATION')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document instead of text; errors are JSON too, on standard error')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on standard error; twice: every request')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on standard error; twice: every request')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'vortex;completions' {
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'The store: a profile''s name or a store hash [env: VORTEX_STORE_HASH]')
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'The version store''s file [env: VORTEX_DB] [default: <data dir>/vortex/<store hash>.db]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The config file [env: VORTEX_CONFIG] [default: <config dir>/vortex/config.toml]')
            [CompletionResult]::new('--api-url', '--api-url', [CompletionResultType]::ParameterName, 'The API''s origin [env: VORTEX_API_URL] [default: https://api.bigcommerce.com]')
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Wait for another vortex on the same version store, as long as it takes or for DURATION')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document instead of text; errors are JSON too, on standard error')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on standard error; twice: every request')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on standard error; twice: every request')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'vortex;man' {
            [CompletionResult]::new('--out', '--out', [CompletionResultType]::ParameterName, 'Write all pages into this folder')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'The store: a profile''s name or a store hash [env: VORTEX_STORE_HASH]')
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'The version store''s file [env: VORTEX_DB] [default: <data dir>/vortex/<store hash>.db]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The config file [env: VORTEX_CONFIG] [default: <config dir>/vortex/config.toml]')
            [CompletionResult]::new('--api-url', '--api-url', [CompletionResultType]::ParameterName, 'The API''s origin [env: VORTEX_API_URL] [default: https://api.bigcommerce.com]')
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Wait for another vortex on the same version store, as long as it takes or for DURATION')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document instead of text; errors are JSON too, on standard error')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on standard error; twice: every request')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on standard error; twice: every request')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'vortex;help' {
            [CompletionResult]::new('login', 'login', [CompletionResultType]::ParameterValue, 'Keep a store hash and an API token, after trying them')
            [CompletionResult]::new('entities', 'entities', [CompletionResultType]::ParameterValue, 'What can be backed up, and what can be brought back')
            [CompletionResult]::new('backup', 'backup', [CompletionResultType]::ParameterValue, 'Back the store up: read it and keep a version of all that changed')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'What the version store holds: entities, objects, or one object''s versions')
            [CompletionResult]::new('runs', 'runs', [CompletionResultType]::ParameterValue, 'The runs: when, what kind, how they ended')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Print an object''s document as BigCommerce sent it')
            [CompletionResult]::new('diff', 'diff', [CompletionResultType]::ParameterValue, 'What changed in one object between two versions, or in the store since a time')
            [CompletionResult]::new('restore', 'restore', [CompletionResultType]::ParameterValue, 'Bring objects, or whole entities, back to what they were')
            [CompletionResult]::new('undo', 'undo', [CompletionResultType]::ParameterValue, 'Take a restore back, from the safety versions that it made first')
            [CompletionResult]::new('drill', 'drill', [CompletionResultType]::ParameterValue, 'Rehearse: restore the newest state into an empty sandbox store, and compare')
            [CompletionResult]::new('watch', 'watch', [CompletionResultType]::ParameterValue, 'Capture changes as they happen, from the store''s webhooks, and sweep what webhooks never tell')
            [CompletionResult]::new('hooks', 'hooks', [CompletionResultType]::ParameterValue, 'Look at the webhooks, switch entities on and off, and test that events arrive')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Is the backup healthy? The last good run per entity and its age')
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'Check the version store: every stored byte against its hash, every reference')
            [CompletionResult]::new('sandbox', 'sandbox', [CompletionResultType]::ParameterValue, 'Serve a BigCommerce-shaped store on this machine, to try vortex on')
            [CompletionResult]::new('demo', 'demo', [CompletionResultType]::ParameterValue, 'A tour in under a minute, on a sandbox store in a temporary folder')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print a shell''s completion script')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Print the manual page, or write one page per subcommand')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'vortex;help;login' {
            break
        }
        'vortex;help;entities' {
            break
        }
        'vortex;help;backup' {
            break
        }
        'vortex;help;list' {
            break
        }
        'vortex;help;runs' {
            break
        }
        'vortex;help;show' {
            break
        }
        'vortex;help;diff' {
            break
        }
        'vortex;help;restore' {
            break
        }
        'vortex;help;undo' {
            break
        }
        'vortex;help;drill' {
            break
        }
        'vortex;help;watch' {
            break
        }
        'vortex;help;hooks' {
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'A row per hook that this token sees: scope, where it leads, whether it is on')
            [CompletionResult]::new('enable', 'enable', [CompletionResultType]::ParameterValue, 'Register the hooks of these entities, and let their events be captured')
            [CompletionResult]::new('disable', 'disable', [CompletionResultType]::ParameterValue, 'Remove the hooks of these entities; their events and sweeps are ignored from this moment')
            [CompletionResult]::new('test', 'test', [CompletionResultType]::ParameterValue, 'Prove that the public URL leads to this version store''s running `watch`')
            break
        }
        'vortex;help;hooks;list' {
            break
        }
        'vortex;help;hooks;enable' {
            break
        }
        'vortex;help;hooks;disable' {
            break
        }
        'vortex;help;hooks;test' {
            break
        }
        'vortex;help;status' {
            break
        }
        'vortex;help;verify' {
            break
        }
        'vortex;help;sandbox' {
            break
        }
        'vortex;help;demo' {
            break
        }
        'vortex;help;completions' {
            break
        }
        'vortex;help;man' {
            break
        }
        'vortex;help;help' {
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
