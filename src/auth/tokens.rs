//! The tokens of an application: in memory, in the cache, from Entra.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;

use super::application::Application;
use super::cache::{CacheEntry, TokenCache, TokenIdentity};
use super::context::SignInContext;
use super::credential_source::ClientCredential;
use super::discovery;
use super::entra::{Entra, GrantRequest};
use super::error::AuthError;
use super::key::CacheKey;
use super::person_tokens::{is_person, off_the_runtime, stronger_sign_in, token_of_person};
use super::token::{AccessToken, Lender, TokenRequest, TokenSource};
use crate::id::{TenantId, TenantRef};
use crate::secrets::StoreError;
use crate::secrets::folder::{FIRST_PAUSE, Lock, next_pause};
use crate::secrets::sealed::SealKey;

/// Gives an application's tokens. Clones share everything.
#[derive(Clone)]
pub(crate) struct ApplicationTokens {
    inner: Arc<TokensInner>,
}

struct TokensInner {
    application: Application,
    context: SignInContext,
    key: CacheKey,
    memory: Mutex<HashMap<TokenSlot, AccessToken>>,
    turns: Mutex<HashMap<TokenSlot, Arc<tokio::sync::Mutex<()>>>>,
    warned: AtomicBool,
}

/// What one token is for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct TokenSlot {
    tenant: TenantRef,
    scope: String,
}

/// A place in the cache that can be used.
struct CachePlace {
    cache: TokenCache,
    key: SealKey,
    identity: TokenIdentity,
}

/// A token that lives longer is handed out as it is; one that does not is refreshed.
// Entra gives 60 to 90 minutes, <https://learn.microsoft.com/entra/identity-platform/access-tokens#token-lifetime>,
// so this costs at most a twelfth of them, and a slow command does not outlive the token it began with.
const EARLY: i64 = 300;
/// No token of Entra lives longer.
const LONGEST_LIFE: i64 = 28 * 3600;
const PATIENCE: Duration = Duration::from_secs(30);

impl ApplicationTokens {
    /// Prepares; opens nothing and asks no one.
    pub(crate) fn new(application: Application, context: SignInContext) -> ApplicationTokens {
        let key = CacheKey::new(&context.settings, context.secrets.clone());
        let inner = TokensInner {
            application,
            context,
            key,
            memory: Mutex::default(),
            turns: Mutex::default(),
            warned: AtomicBool::new(false),
        };
        ApplicationTokens { inner: Arc::new(inner) }
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&TokensInner) -> T + Send + 'static,
    ) -> T {
        let inner = self.inner.clone();
        off_the_runtime(move || work(&inner)).await
    }

    /// The token of a slot from the cache or from Entra. Only one task of this process is here for it.
    async fn obtain(&self, slot: &TokenSlot, renew: bool) -> Result<AccessToken, AuthError> {
        // Many processes may be here for the same token: every TAB, every job of a pipeline. If each signed in by
        // itself, Entra would take them for a client that runs in a loop and refuse it for a while (AADSTS50196,
        // <https://learn.microsoft.com/entra/identity-platform/reference-error-codes>). So one of them asks, under
        // a lock that all processes see, and the others read what it brought:
        //
        // 1. read the cache without a lock: in nearly every run the token is there and fresh;
        // 2. take the lock, 3. read again, because the owner before us may have brought the token;
        // 4. ask Entra, write the cache, let the lock go.
        //
        // Reading needs no lock, because a file is replaced by a rename: a reader gets the old file or the new
        // one, never a part (POSIX, <https://pubs.opengroup.org/onlinepubs/9799919799/functions/rename.html>).
        let wanted = slot.clone();
        let place = self.blocking(move |inner| inner.place(&wanted, true)).await;
        let place = match place {
            Ok(Some(place)) => Arc::new(place),
            Ok(None) => return self.fetch(slot).await,
            Err(why) => {
                // Only a token that is there can be missed in the cache.
                let token = self.fetch(slot).await?;
                self.inner.cannot_keep(&why);
                return Ok(token);
            }
        };
        // `renew` is set after a refusal of the token in the cache: it may be young and revoked all the same.
        let held = if renew { None } else { self.inner.read(&place) };
        let now = self.inner.now();
        let lock = match &held {
            Some(token) if token.expires_on - now > EARLY => return Ok(token.clone()),
            // It still works: whoever refreshes it need not be waited for.
            Some(token) if token.expires_on > now => match place.cache.try_lock(&place.identity) {
                Ok(Some(lock)) => Some(lock),
                _ => return Ok(token.clone()),
            },
            // Nothing usable: here waiting is right, because the owner of the lock is fetching what we need.
            _ => self.wait_for_lock(&place).await,
        };
        let still_valid = held.filter(|token| token.expires_on > now);
        let outcome = self.refresh(slot, &place, renew).await;
        // Only now: `refresh` has written the cache, and whoever gets the lock next finds the token there.
        drop(lock);
        match (outcome, still_valid) {
            (Err(err), Some(token)) => {
                self.inner.warn_once(&format!(
                    "the token could not be renewed ({err}); the old one is used until it ends"
                ));
                Ok(token)
            }
            (outcome, _) => outcome,
        }
    }

    /// Under the lock: someone else may have fetched meanwhile, or have been refused.
    async fn refresh(
        &self,
        slot: &TokenSlot,
        place: &Arc<CachePlace>,
        renew: bool,
    ) -> Result<AccessToken, AuthError> {
        if !renew {
            let now = self.inner.now();
            if let Some(token) = self.inner.read(place)
                && token.expires_on - now > EARLY
            {
                return Ok(token);
            }
            // A wrong secret stays wrong: of a hundred waiting jobs one asks, and the others get its answer.
            // Each of them asking for itself would be the loop that AADSTS50196 ends.
            if let Some(refused) = place.cache.refusal(&place.identity, now) {
                return Err(refused);
            }
        }
        let outcome = self.fetch(slot).await;
        let place = place.clone();
        match &outcome {
            Ok(token) => {
                let token = token.clone();
                self.blocking(move |inner| inner.keep(&place, &token)).await;
            }
            Err(refused) => place.cache.note_refusal(&place.identity, refused, self.inner.now()),
        }
        outcome
    }

    /// Waits for the lock without blocking the runtime. A lock that is not to be had costs single flight,
    /// never the token.
    async fn wait_for_lock(&self, place: &CachePlace) -> Option<Lock> {
        // Tried again and again, because flock(2) takes no time limit: waiting in the kernel would block a thread
        // that nothing can wake. The kernel drops the lock with the last descriptor of the file, so a process that
        // was killed leaves none behind: <https://man7.org/linux/man-pages/man2/flock.2.html>.
        let started = Instant::now();
        let mut pause = FIRST_PAUSE;
        loop {
            match place.cache.try_lock(&place.identity) {
                Ok(Some(lock)) => return Some(lock),
                Ok(None) if started.elapsed() < PATIENCE => {}
                Ok(None) => {
                    let name = TokenCache::lock_name(&place.identity);
                    let kept = place.cache.folder().lock_is_kept(&name, PATIENCE);
                    self.inner.warn_once(&format!("{kept}; going on without it"));
                    return None;
                }
                Err(err) => {
                    self.inner.cannot_keep(&err.to_string());
                    return None;
                }
            }
            tokio::time::sleep(pause).await;
            pause = next_pause(pause);
        }
    }

    async fn fetch(&self, slot: &TokenSlot) -> Result<AccessToken, AuthError> {
        let application = &self.inner.application;
        let entra = Entra::at(&application.authority, &self.inner.context)?;
        let tenant = match &slot.tenant {
            TenantRef::Id(id) => *id,
            TenantRef::Domain(domain) => {
                let transport = &*entra.transport;
                discovery::tenant_of_domain(&application.authority, transport, domain).await?
            }
        };
        let request = GrantRequest { tenant, client: application.client, scope: &slot.scope };
        let issued = if is_person(&application.source) {
            token_of_person(&self.inner.context, application, request).await?
        } else {
            let shown = self.blocking(TokensInner::client_credential).await?;
            entra.sign_in(request, &shown).await?
        };
        Ok(AccessToken { secret: issued.secret, expires_on: issued.expires_on, tenant })
    }
}

#[async_trait]
impl TokenSource for ApplicationTokens {
    fn home_tenant(&self) -> Option<TenantId> {
        match self.inner.application.home {
            TenantRef::Id(id) => Some(id),
            TenantRef::Domain(_) => None,
        }
    }

    fn lender(&self) -> Lender {
        let Application { name, client, .. } = &self.inner.application;
        let credential = (!name.is_empty()).then(|| name.clone());
        let title = match &credential {
            Some(name) => format!("credential '{name}'"),
            None => "the application in the environment".to_owned(),
        };
        Lender { title, credential, client: Some(*client) }
    }

    fn default_subscription(&self) -> Option<String> {
        self.inner.application.subscription.clone()
    }

    fn tenants(&self) -> Vec<TenantId> {
        let also = self.inner.application.also.iter().flatten().copied();
        self.home_tenant().into_iter().chain(also).collect()
    }

    fn stronger_login(&self, tenant: Option<TenantId>, _: &str, claims: &str) -> Option<String> {
        stronger_sign_in(&self.inner.application, tenant, claims)
    }

    fn cached(&self, request: &TokenRequest) -> Result<Option<AccessToken>, AuthError> {
        let inner = &self.inner;
        let slot = inner.slot(request)?;
        if request.renew {
            return Ok(None);
        }
        let fresh = |token: &AccessToken| token.expires_on - inner.now() > EARLY;
        if let Some(token) = inner.remembered(&slot).filter(fresh) {
            return Ok(Some(token));
        }
        let place = inner.place(&slot, false).ok().flatten();
        let found = place.and_then(|place| inner.read(&place)).filter(fresh);
        if let Some(token) = &found {
            inner.remember(&slot, token);
        }
        Ok(found)
    }

    async fn token(&self, request: &TokenRequest) -> Result<AccessToken, AuthError> {
        let inner = &self.inner;
        let slot = inner.slot(request)?;
        let fresh = |token: &AccessToken| token.expires_on - inner.now() > EARLY;
        let before = inner.remembered(&slot);
        if let Some(token) = before.clone().filter(|token| !request.renew && fresh(token)) {
            return Ok(token);
        }
        // The file lock is for other processes. Tasks of this one share its memory, and wait here first.
        let turn = inner.turn(&slot);
        let _turn = turn.lock().await;
        // Another task was here meanwhile: what it brought is as new as what we would bring.
        let is_news = |token: &AccessToken| {
            !request.renew || before.as_ref().is_none_or(|old| old.secret != token.secret)
        };
        if let Some(token) = inner.remembered(&slot).filter(|token| fresh(token) && is_news(token))
        {
            return Ok(token);
        }
        let token = self.obtain(&slot, request.renew).await?;
        inner.remember(&slot, &token);
        Ok(token)
    }
}

impl TokensInner {
    fn now(&self) -> i64 {
        crate::process::unix_seconds((self.context.clock)())
    }

    fn slot(&self, request: &TokenRequest) -> Result<TokenSlot, AuthError> {
        Ok(TokenSlot {
            tenant: self.application.tenant(request.tenant)?,
            scope: request.scope.clone(),
        })
    }

    fn turn(&self, slot: &TokenSlot) -> Arc<tokio::sync::Mutex<()>> {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        turns.entry(slot.clone()).or_default().clone()
    }

    fn remembered(&self, slot: &TokenSlot) -> Option<AccessToken> {
        let memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        memory.get(slot).cloned()
    }

    fn remember(&self, slot: &TokenSlot, token: &AccessToken) {
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        memory.insert(slot.clone(), token.clone());
    }

    fn client_credential(&self) -> Result<ClientCredential, AuthError> {
        let context = &self.context;
        let home = &context.settings.home;
        self.application.source.fetch_current(&self.application.name, home, &*context.secrets)
    }

    /// Where the slot's token lies, or why it cannot be kept. Without `create`, only if there is a file to
    /// look at: neither keyring nor folder is touched for nothing.
    fn place(&self, slot: &TokenSlot, create: bool) -> Result<Option<CachePlace>, String> {
        let home: &PathBuf = &self.context.settings.home;
        let opened =
            if create { TokenCache::create(home).map(Some) } else { TokenCache::open(home) };
        let Some(cache) = opened.map_err(|err| err.to_string())? else {
            return Ok(None);
        };
        if !create
            && let Some(generation) = self.application.source.generation()
            && !cache.has(&self.identity(slot, generation))
        {
            return Ok(None);
        }
        let key = match self.key.find(cache.folder(), create) {
            Ok(key) => key,
            // Without a keyring (a container, a pipeline) there is no cache, and nothing to say.
            Err(StoreError::Absent(_)) => None,
            Err(err) => return Err(err.to_string()),
        };
        Ok(key.and_then(|key| {
            let generation = self.application.source.fingerprint(&key)?;
            Some(CachePlace { identity: self.identity(slot, generation), cache, key })
        }))
    }

    fn identity(&self, slot: &TokenSlot, generation: String) -> TokenIdentity {
        TokenIdentity {
            cloud: self.context.settings.cloud.name.clone(),
            authority: self.application.authority.to_string(),
            tenant: slot.tenant.to_string(),
            client_id: self.application.client.to_string(),
            scope: slot.scope.clone(),
            credential: self.application.name.clone(),
            generation,
        }
    }

    fn read(&self, place: &CachePlace) -> Option<AccessToken> {
        match place.cache.find(&place.key, &place.identity) {
            // Fetched under a clock that was days ahead: its end is not what it says.
            Ok(CacheEntry::Ready(token)) => Some(token)
                .filter(|token| token.expires_on.saturating_sub(self.now()) <= LONGEST_LIFE),
            _ => None,
        }
    }

    fn keep(&self, place: &CachePlace, token: &AccessToken) {
        if let Ok(CacheEntry::FutureVersion(version)) =
            place.cache.find(&place.key, &place.identity)
        {
            self.warn_once(&format!(
                "the cached token is of a later version of az-imageshare (format {version}); it is left alone, and this one is not kept"
            ));
            return;
        }
        let kept = place.cache.keep(&place.key, &place.identity, token, (self.context.clock)());
        if let Err(err) = kept {
            self.cannot_keep(&err.to_string());
        }
    }

    fn cannot_keep(&self, why: &str) {
        self.warn_once(&format!("tokens are not kept between runs: {why}"));
    }

    fn warn_once(&self, text: &str) {
        if !self.warned.swap(true, Ordering::Relaxed) {
            (self.context.warn)(text);
        }
    }
}
