"""What lies in a browser's IndexedDB."""

from accounts.models import User
from tests.browser.visitor import Visitor


def stored(visitor: Visitor, user: User) -> list[str]:
    """The texts that wait to be sent. A database that the page has not made yet is not made here."""
    bodies = visitor.page.evaluate(
        """name => new Promise((done, fail) => {
            const opening = indexedDB.open(name);
            opening.onupgradeneeded = () => opening.transaction.abort();
            opening.onerror = () => (opening.error.name === 'AbortError' ? done([]) : fail(opening.error));
            opening.onsuccess = () => {
                const posts = opening.result.transaction('posts').objectStore('posts').getAll();
                posts.onsuccess = () => (opening.result.close(), done(posts.result.map(post => post.body)));
            };
        })""",
        f"tertulia-{user.pk}",
    )
    return list(bodies)
