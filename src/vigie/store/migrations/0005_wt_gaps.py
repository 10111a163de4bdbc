from django.db import migrations, models


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
    ]
