"""The table of attachments."""

from __future__ import annotations

from django.db import migrations, models

import shopward_client.django.models


class Migration(migrations.Migration):
    """Makes it."""

    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            name="Attachment",
            fields=[
                ("table", models.CharField(max_length=128, primary_key=True, serialize=False)),
                (
                    "origin",
                    models.CharField(
                        default=shopward_client.django.models.new_origin, max_length=32
                    ),
                ),
                ("is_complete", models.BooleanField(default=False)),
            ],
        ),
    ]
