"""The page on which one signs in."""

from django.contrib.auth.views import LoginView

from accounts.forms import SignInForm


class SignIn(LoginView):
    template_name = "accounts/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def get_redirect_url(self) -> str:
        """Where one wanted to go. To this page is nowhere: Django takes it for a mistake in the settings, and fails."""
        wanted = super().get_redirect_url()
        return "" if wanted == self.request.path else wanted
