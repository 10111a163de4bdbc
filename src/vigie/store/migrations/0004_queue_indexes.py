from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("store", "0003_rule_changes")]

    operations = [
        migrations.AddIndex(
            model_name="case",
            index=models.Index(fields=["status", "admitted", "area", "language"], name="case_counts"),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                fields=["status", "admitted", "due"], name="case_due_waiting", condition=models.Q(due__isnull=False)
            ),
        ),
    ]
