"""Django: inspectdb, migrations, and rows through the ORM."""
import io
import sys

import django
from django.conf import settings
from django.core.management import call_command

host, port = sys.argv[1], sys.argv[2]
settings.configure(
    DATABASES={"default": {"ENGINE": "django.db.backends.postgresql", "HOST": host, "PORT": port, "USER": "app", "NAME": "shop",
                           "OPTIONS": {"sslmode": "disable"}}},
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth"], USE_TZ=True, DEFAULT_AUTO_FIELD="django.db.models.BigAutoField")
django.setup()

out = io.StringIO()
call_command("inspectdb", "customers", "orders", stdout=out)
text = out.getvalue()
for line in ("name = models.CharField(unique=True, max_length=40)", "customer = models.ForeignKey(Customers, models.DO_NOTHING)",
             "credit = models.DecimalField(max_digits=12, decimal_places=2, blank=True, null=True)"):
    if line not in text:
        raise SystemExit(f"inspectdb lacks {line!r}:\n{text}")

call_command("migrate", verbosity=0)
from django.contrib.auth.models import Group, User  # noqa: E402
from django.db import transaction  # noqa: E402

user = User.objects.create_user("ada", "ada@example.org", "secret")
user.groups.add(Group.objects.create(name="staff"))
User.objects.filter(username="ada").update(first_name="Ada")
assert User.objects.select_related().get(groups__name="staff").first_name == "Ada"
try:
    with transaction.atomic():
        User.objects.create_user("bob")
        with transaction.atomic():
            User.objects.create_user("ada")
except django.db.IntegrityError:
    pass
assert User.objects.count() == 1
user.delete()
assert not User.objects.exists()
