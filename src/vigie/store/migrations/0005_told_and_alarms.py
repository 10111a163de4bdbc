from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import OuterRef, Subquery


def confirm(apps: Apps, _: BaseDatabaseSchemaEditor) -> None:
    """What the platform has confirmed already."""
    receipts = apps.get_model("store", "Receipt").objects.filter(decision=OuterRef("decision"), outcome="applied")
    apps.get_model("store", "Outbox").objects.filter(decision__receipts__outcome="applied").update(
        confirmed_at=Subquery(receipts.order_by("at").values("at")[:1])
    )


class Migration(migrations.Migration):
    dependencies = [("store", "0004_queue_indexes")]

    operations = [
        migrations.AlterField("account", "key", models.CharField(max_length=2000, null=True)),
        migrations.AlterField("post", "key", models.CharField(max_length=2000, null=True)),
        migrations.AlterField("notice", "post_key", models.CharField(max_length=2000)),
        migrations.AddIndex(
            "case",
            models.Index(
                fields=["status", "admitted", "area", "harm"],
                name="case_golden",
                condition=models.Q(golden__isnull=False),
            ),
        ),
        migrations.CreateModel(
            "Told",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("source", models.CharField(max_length=200)),
                ("key", models.CharField(max_length=2000)),
                ("views", models.BigIntegerField(null=True)),
                ("views_at", models.DateTimeField(null=True)),
                ("deleted_at", models.DateTimeField(null=True)),
                ("at", models.DateTimeField(db_index=True)),
            ],
            {"constraints": [models.UniqueConstraint(fields=("source", "key"), name="told_once")]},
        ),
        migrations.CreateModel(
            "Alarm",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=100, unique=True)),
                ("since", models.DateTimeField()),
                ("told_at", models.DateTimeField()),
                ("mailed_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.AlterField(
            "outbox", "decision", models.ForeignKey("store.Decision", models.PROTECT, null=True, related_name="outbox")
        ),
        migrations.AddField("outbox", "confirmed_at", models.DateTimeField(null=True)),
        migrations.AddIndex(
            "outbox",
            models.Index(fields=["number"], name="outbox_unconfirmed", condition=models.Q(confirmed_at__isnull=True)),
        ),
        migrations.RunPython(confirm, migrations.RunPython.noop),  # last: PostgreSQL alters no table with pending rows
    ]
