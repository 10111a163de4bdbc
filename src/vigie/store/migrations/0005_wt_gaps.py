from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("store", "0004_queue_indexes")]

    operations = [
        migrations.AlterField("account", "key", models.CharField(max_length=2000, null=True)),
        migrations.AlterField("post", "key", models.CharField(max_length=2000, null=True)),
        migrations.AlterField("notice", "post_key", models.CharField(max_length=2000)),
    ]
