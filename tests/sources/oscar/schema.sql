-- The columns of django-oscar 4.2.1 (https://github.com/django-oscar/django-oscar) and of the parts of
-- Django that it needs, as their migrations make them on SQLite; keys and indexes are left out.
--
-- Copyright (c) 2011-present Tangent Communications PLC and individual contributors.
-- All rights reserved.
--
-- Redistribution and use in source and binary forms, with or without modification,
-- are permitted provided that the following conditions are met:
--
--     1. Redistributions of source code must retain the above copyright notice,
--        this list of conditions and the following disclaimer.
--
--     2. Redistributions in binary form must reproduce the above copyright
--        notice, this list of conditions and the following disclaimer in the
--        documentation and/or other materials provided with the distribution.
--
--     3. Neither the name of Tangent Communications PLC nor the names of its contributors
--        may be used to endorse or promote products derived from this software without
--        specific prior written permission.
--
-- THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS "AS IS" AND
-- ANY EXPRESS OR IMPLIED WARRANTIES, INCLUDING, BUT NOT LIMITED TO, THE IMPLIED
-- WARRANTIES OF MERCHANTABILITY AND FITNESS FOR A PARTICULAR PURPOSE ARE
-- DISCLAIMED. IN NO EVENT SHALL THE COPYRIGHT OWNER OR CONTRIBUTORS BE LIABLE FOR
-- ANY DIRECT, INDIRECT, INCIDENTAL, SPECIAL, EXEMPLARY, OR CONSEQUENTIAL DAMAGES
-- (INCLUDING, BUT NOT LIMITED TO, PROCUREMENT OF SUBSTITUTE GOODS OR SERVICES;
-- LOSS OF USE, DATA, OR PROFITS; OR BUSINESS INTERRUPTION) HOWEVER CAUSED AND ON
-- ANY THEORY OF LIABILITY, WHETHER IN CONTRACT, STRICT LIABILITY, OR TORT
-- (INCLUDING NEGLIGENCE OR OTHERWISE) ARISING IN ANY WAY OUT OF THE USE OF THIS
-- SOFTWARE, EVEN IF ADVISED OF THE POSSIBILITY OF SUCH DAMAGE.

CREATE TABLE "address_country" ("iso_3166_1_a2" varchar(2), "iso_3166_1_a3" varchar(3), "iso_3166_1_numeric" varchar(3), "name" varchar(128), "display_order" smallint unsigned, "is_shipping_country" bool, "printable_name" varchar(128));
CREATE TABLE "address_useraddress" ("id" INTEGER, "title" varchar(64), "first_name" varchar(255), "last_name" varchar(255), "line1" varchar(255), "line2" varchar(255), "line3" varchar(255), "line4" varchar(255), "state" varchar(255), "postcode" varchar(64), "search_text" TEXT, "phone_number" varchar(128), "notes" TEXT, "is_default_for_shipping" bool, "is_default_for_billing" bool, "hash" varchar(255), "date_created" datetime, "country_id" varchar(2), "user_id" INTEGER, "num_orders_as_shipping_address" integer unsigned, "num_orders_as_billing_address" integer unsigned, "code" varchar(255));
CREATE TABLE "analytics_productrecord" ("id" INTEGER, "num_views" integer unsigned, "num_basket_additions" integer unsigned, "num_purchases" integer unsigned, "score" REAL, "product_id" bigint);
CREATE TABLE "analytics_userproductview" ("id" INTEGER, "date_created" datetime, "product_id" bigint, "user_id" INTEGER);
CREATE TABLE "analytics_userrecord" ("id" INTEGER, "num_product_views" integer unsigned, "num_basket_additions" integer unsigned, "num_orders" integer unsigned, "num_order_lines" integer unsigned, "num_order_items" integer unsigned, "total_spent" decimal, "date_last_order" datetime, "user_id" INTEGER);
CREATE TABLE "analytics_usersearch" ("id" INTEGER, "query" varchar(255), "date_created" datetime, "user_id" INTEGER);
CREATE TABLE "auth_group" ("id" INTEGER, "name" varchar(150));
CREATE TABLE "auth_group_permissions" ("id" INTEGER, "group_id" INTEGER, "permission_id" INTEGER);
CREATE TABLE "auth_permission" ("id" INTEGER, "content_type_id" INTEGER, "codename" varchar(100), "name" varchar(255));
CREATE TABLE "auth_user" ("id" INTEGER, "password" varchar(128), "last_login" datetime, "is_superuser" bool, "username" varchar(150), "last_name" varchar(150), "email" varchar(254), "is_staff" bool, "is_active" bool, "date_joined" datetime, "first_name" varchar(150));
CREATE TABLE "auth_user_groups" ("id" INTEGER, "user_id" INTEGER, "group_id" INTEGER);
CREATE TABLE "auth_user_user_permissions" ("id" INTEGER, "user_id" INTEGER, "permission_id" INTEGER);
CREATE TABLE "basket_basket" ("id" INTEGER, "status" varchar(128), "date_created" datetime, "date_merged" datetime, "date_submitted" datetime, "owner_id" INTEGER);
CREATE TABLE "basket_basket_vouchers" ("id" INTEGER, "basket_id" bigint, "voucher_id" bigint);
CREATE TABLE "basket_line" ("id" INTEGER, "line_reference" varchar(128), "quantity" integer unsigned, "price_currency" varchar(12), "price_excl_tax" decimal, "price_incl_tax" decimal, "date_created" datetime, "basket_id" bigint, "product_id" bigint, "stockrecord_id" bigint, "date_updated" datetime, "tax_code" varchar(64));
CREATE TABLE "basket_lineattribute" ("id" INTEGER, "line_id" bigint, "option_id" bigint, "value" TEXT);
CREATE TABLE "catalogue_attributeoption" ("id" INTEGER, "option" varchar(255), "group_id" bigint, "code" varchar(255));
CREATE TABLE "catalogue_attributeoptiongroup" ("id" INTEGER, "name" varchar(128), "code" varchar(255));
CREATE TABLE "catalogue_category" ("id" INTEGER, "path" varchar(255), "depth" integer unsigned, "numchild" integer unsigned, "name" varchar(255), "description" TEXT, "image" varchar(255), "slug" varchar(255), "ancestors_are_public" bool, "is_public" bool, "meta_description" TEXT, "meta_title" varchar(255), "code" varchar(255), "exclude_from_menu" bool, "long_description" TEXT);
CREATE TABLE "catalogue_option" ("id" INTEGER, "code" varchar(128), "type" varchar(255), "required" bool, "name" varchar(128), "help_text" varchar(255), "option_group_id" bigint, "order" INTEGER);
CREATE TABLE "catalogue_product" ("id" INTEGER, "structure" varchar(10), "upc" varchar(64), "title" varchar(255), "slug" varchar(255), "description" TEXT, "rating" REAL, "date_created" datetime, "date_updated" datetime, "is_discountable" bool, "product_class_id" bigint, "is_public" bool, "meta_description" TEXT, "meta_title" varchar(255), "priority" smallint, "code" varchar(255), "parent_id" bigint);
CREATE TABLE "catalogue_product_product_options" ("id" INTEGER, "product_id" bigint, "option_id" bigint);
CREATE TABLE "catalogue_productattribute" ("id" INTEGER, "name" varchar(128), "code" varchar(128), "type" varchar(20), "required" bool, "option_group_id" bigint, "product_class_id" bigint);
CREATE TABLE "catalogue_productattributevalue" ("id" INTEGER, "value_text" TEXT, "value_integer" INTEGER, "value_float" REAL, "value_richtext" TEXT, "value_date" date, "value_file" varchar(255), "value_image" varchar(255), "entity_object_id" integer unsigned, "attribute_id" bigint, "entity_content_type_id" INTEGER, "product_id" bigint, "value_option_id" bigint, "value_datetime" datetime, "value_boolean" bool);
CREATE TABLE "catalogue_productattributevalue_value_multi_option" ("id" INTEGER, "productattributevalue_id" bigint, "attributeoption_id" bigint);
CREATE TABLE "catalogue_productcategory" ("id" INTEGER, "category_id" bigint, "product_id" bigint);
CREATE TABLE "catalogue_productclass" ("id" INTEGER, "name" varchar(128), "slug" varchar(128), "requires_shipping" bool, "track_stock" bool);
CREATE TABLE "catalogue_productclass_options" ("id" INTEGER, "productclass_id" bigint, "option_id" bigint);
CREATE TABLE "catalogue_productimage" ("id" INTEGER, "original" varchar(255), "caption" varchar(200), "display_order" integer unsigned, "date_created" datetime, "product_id" bigint, "code" varchar(255));
CREATE TABLE "catalogue_productrecommendation" ("id" INTEGER, "primary_id" bigint, "recommendation_id" bigint, "ranking" smallint unsigned);
CREATE TABLE "communication_communicationeventtype" ("id" INTEGER, "code" varchar(128), "category" varchar(255), "email_subject_template" varchar(255), "email_body_template" TEXT, "email_body_html_template" TEXT, "sms_template" varchar(170), "date_created" datetime, "date_updated" datetime, "name" varchar(255));
CREATE TABLE "communication_email" ("id" INTEGER, "subject" TEXT, "body_text" TEXT, "body_html" TEXT, "date_sent" datetime, "email" varchar(254), "user_id" INTEGER);
CREATE TABLE "communication_notification" ("id" INTEGER, "subject" varchar(255), "body" TEXT, "location" varchar(32), "date_read" datetime, "recipient_id" INTEGER, "sender_id" INTEGER, "date_sent" datetime);
CREATE TABLE "customer_productalert" ("id" INTEGER, "email" varchar(254), "key" varchar(128), "status" varchar(20), "date_confirmed" datetime, "date_cancelled" datetime, "date_closed" datetime, "product_id" bigint, "user_id" INTEGER, "date_created" datetime);
CREATE TABLE "django_admin_log" ("id" INTEGER, "object_id" TEXT, "object_repr" varchar(200), "action_flag" smallint unsigned, "change_message" TEXT, "content_type_id" INTEGER, "user_id" INTEGER, "action_time" datetime);
CREATE TABLE "django_content_type" ("id" INTEGER, "app_label" varchar(100), "model" varchar(100));
CREATE TABLE "django_flatpage" ("id" INTEGER, "url" varchar(100), "title" varchar(200), "content" TEXT, "enable_comments" bool, "template_name" varchar(70), "registration_required" bool);
CREATE TABLE "django_flatpage_sites" ("id" INTEGER, "flatpage_id" INTEGER, "site_id" INTEGER);
CREATE TABLE "django_migrations" ("id" INTEGER, "app" varchar(255), "name" varchar(255), "applied" datetime);
CREATE TABLE "django_session" ("session_key" varchar(40), "session_data" TEXT, "expire_date" datetime);
CREATE TABLE "django_site" ("id" INTEGER, "name" varchar(50), "domain" varchar(100));
CREATE TABLE "offer_benefit" ("id" INTEGER, "type" varchar(128), "value" decimal, "max_affected_items" integer unsigned, "range_id" bigint, "proxy_class" varchar(255));
CREATE TABLE "offer_condition" ("id" INTEGER, "type" varchar(128), "value" decimal, "range_id" bigint, "proxy_class" varchar(255));
CREATE TABLE "offer_conditionaloffer" ("id" INTEGER, "name" varchar(128), "slug" varchar(128), "description" TEXT, "offer_type" varchar(128), "status" varchar(64), "start_datetime" datetime, "end_datetime" datetime, "max_global_applications" integer unsigned, "max_user_applications" integer unsigned, "max_basket_applications" integer unsigned, "max_discount" decimal, "total_discount" decimal, "num_applications" integer unsigned, "num_orders" integer unsigned, "redirect_url" varchar(200), "date_created" datetime, "benefit_id" bigint, "condition_id" bigint, "exclusive" bool, "priority" INTEGER);
CREATE TABLE "offer_conditionaloffer_combinations" ("id" INTEGER, "from_conditionaloffer_id" bigint, "to_conditionaloffer_id" bigint);
CREATE TABLE "offer_range" ("id" INTEGER, "name" varchar(128), "slug" varchar(128), "description" TEXT, "is_public" bool, "includes_all_products" bool, "proxy_class" varchar(255), "date_created" datetime);
CREATE TABLE "offer_range_classes" ("id" INTEGER, "range_id" bigint, "productclass_id" bigint);
CREATE TABLE "offer_range_excluded_categories" ("id" INTEGER, "range_id" bigint, "category_id" bigint);
CREATE TABLE "offer_range_excluded_products" ("id" INTEGER, "range_id" bigint, "product_id" bigint);
CREATE TABLE "offer_range_included_categories" ("id" INTEGER, "range_id" bigint, "category_id" bigint);
CREATE TABLE "offer_rangeproduct" ("id" INTEGER, "display_order" INTEGER, "product_id" bigint, "range_id" bigint);
CREATE TABLE "offer_rangeproductfileupload" ("id" INTEGER, "filepath" varchar(255), "size" integer unsigned, "date_uploaded" datetime, "status" varchar(32), "error_message" varchar(255), "date_processed" datetime, "num_new_skus" integer unsigned, "num_unknown_skus" integer unsigned, "num_duplicate_skus" integer unsigned, "range_id" bigint, "uploaded_by_id" INTEGER, "upload_type" varchar(8));
CREATE TABLE "order_billingaddress" ("id" INTEGER, "title" varchar(64), "first_name" varchar(255), "last_name" varchar(255), "line1" varchar(255), "line2" varchar(255), "line3" varchar(255), "line4" varchar(255), "state" varchar(255), "postcode" varchar(64), "search_text" TEXT, "country_id" varchar(2), "code" varchar(255));
CREATE TABLE "order_communicationevent" ("id" INTEGER, "event_type_id" bigint, "order_id" bigint, "date_created" datetime);
CREATE TABLE "order_line" ("id" INTEGER, "partner_name" varchar(128), "partner_sku" varchar(128), "partner_line_reference" varchar(128), "partner_line_notes" TEXT, "title" varchar(255), "upc" varchar(128), "quantity" integer unsigned, "line_price_incl_tax" decimal, "line_price_excl_tax" decimal, "line_price_before_discounts_incl_tax" decimal, "line_price_before_discounts_excl_tax" decimal, "unit_price_incl_tax" decimal, "unit_price_excl_tax" decimal, "status" varchar(255), "order_id" bigint, "partner_id" bigint, "product_id" bigint, "stockrecord_id" bigint, "tax_code" varchar(64), "allocation_cancelled" bool, "num_allocated" integer unsigned);
CREATE TABLE "order_lineattribute" ("id" INTEGER, "type" varchar(128), "line_id" bigint, "option_id" bigint, "value" TEXT);
CREATE TABLE "order_lineprice" ("id" INTEGER, "quantity" integer unsigned, "price_incl_tax" decimal, "price_excl_tax" decimal, "shipping_incl_tax" decimal, "shipping_excl_tax" decimal, "line_id" bigint, "order_id" bigint, "tax_code" varchar(64));
CREATE TABLE "order_order" ("id" INTEGER, "number" varchar(128), "currency" varchar(12), "total_incl_tax" decimal, "total_excl_tax" decimal, "shipping_incl_tax" decimal, "shipping_excl_tax" decimal, "shipping_method" varchar(128), "shipping_code" varchar(128), "status" varchar(100), "guest_email" varchar(254), "date_placed" datetime, "basket_id" bigint, "billing_address_id" bigint, "shipping_address_id" bigint, "site_id" INTEGER, "user_id" INTEGER, "shipping_tax_code" varchar(64), "analytics_tracked" bool);
CREATE TABLE "order_orderdiscount" ("id" INTEGER, "category" varchar(64), "offer_id" integer unsigned, "offer_name" varchar(128), "voucher_id" integer unsigned, "voucher_code" varchar(128), "frequency" integer unsigned, "amount" decimal, "message" TEXT, "order_id" bigint);
CREATE TABLE "order_orderlinediscount" ("id" INTEGER, "is_incl_tax" bool, "amount" decimal, "line_id" bigint, "order_discount_id" bigint);
CREATE TABLE "order_ordernote" ("id" INTEGER, "note_type" varchar(128), "message" TEXT, "date_created" datetime, "date_updated" datetime, "order_id" bigint, "user_id" INTEGER);
CREATE TABLE "order_orderstatuschange" ("id" INTEGER, "old_status" varchar(100), "new_status" varchar(100), "order_id" bigint, "date_created" datetime);
CREATE TABLE "order_paymentevent" ("id" INTEGER, "amount" decimal, "reference" varchar(128), "event_type_id" bigint, "order_id" bigint, "shipping_event_id" bigint, "date_created" datetime);
CREATE TABLE "order_paymenteventquantity" ("id" INTEGER, "quantity" integer unsigned, "event_id" bigint, "line_id" bigint);
CREATE TABLE "order_paymenteventtype" ("id" INTEGER, "name" varchar(128), "code" varchar(128));
CREATE TABLE "order_shippingaddress" ("id" INTEGER, "title" varchar(64), "first_name" varchar(255), "last_name" varchar(255), "line1" varchar(255), "line2" varchar(255), "line3" varchar(255), "line4" varchar(255), "state" varchar(255), "postcode" varchar(64), "search_text" TEXT, "phone_number" varchar(128), "notes" TEXT, "country_id" varchar(2), "code" varchar(255));
CREATE TABLE "order_shippingevent" ("id" INTEGER, "notes" TEXT, "event_type_id" bigint, "order_id" bigint, "date_created" datetime);
CREATE TABLE "order_shippingeventquantity" ("id" INTEGER, "quantity" integer unsigned, "event_id" bigint, "line_id" bigint);
CREATE TABLE "order_shippingeventtype" ("id" INTEGER, "name" varchar(255), "code" varchar(128));
CREATE TABLE "order_surcharge" ("id" INTEGER, "name" varchar(128), "code" varchar(128), "incl_tax" decimal, "excl_tax" decimal, "order_id" bigint, "tax_code" varchar(64));
CREATE TABLE "partner_partner" ("id" INTEGER, "code" varchar(128), "name" varchar(128));
CREATE TABLE "partner_partner_users" ("id" INTEGER, "partner_id" bigint, "user_id" INTEGER);
CREATE TABLE "partner_partneraddress" ("id" INTEGER, "title" varchar(64), "first_name" varchar(255), "last_name" varchar(255), "line1" varchar(255), "line2" varchar(255), "line3" varchar(255), "line4" varchar(255), "state" varchar(255), "postcode" varchar(64), "search_text" TEXT, "country_id" varchar(2), "partner_id" bigint, "code" varchar(255));
CREATE TABLE "partner_stockalert" ("id" INTEGER, "threshold" integer unsigned, "status" varchar(128), "date_closed" datetime, "stockrecord_id" bigint, "date_created" datetime);
CREATE TABLE "partner_stockrecord" ("id" INTEGER, "partner_sku" varchar(128), "price" decimal, "num_in_stock" integer unsigned, "num_allocated" INTEGER, "low_stock_threshold" integer unsigned, "date_created" datetime, "date_updated" datetime, "partner_id" bigint, "product_id" bigint, "price_currency" varchar(12));
CREATE TABLE "payment_bankcard" ("id" INTEGER, "card_type" varchar(128), "name" varchar(255), "number" varchar(32), "expiry_date" date, "partner_reference" varchar(255), "user_id" INTEGER);
CREATE TABLE "payment_source" ("id" INTEGER, "currency" varchar(12), "amount_allocated" decimal, "amount_debited" decimal, "amount_refunded" decimal, "label" varchar(128), "order_id" bigint, "source_type_id" bigint, "reference" varchar(255));
CREATE TABLE "payment_sourcetype" ("id" INTEGER, "code" varchar(128), "name" varchar(128));
CREATE TABLE "payment_transaction" ("id" INTEGER, "txn_type" varchar(128), "amount" decimal, "reference" varchar(128), "status" varchar(128), "source_id" bigint, "date_created" datetime);
CREATE TABLE "reviews_productreview" ("id" INTEGER, "score" smallint, "title" varchar(255), "body" TEXT, "name" varchar(255), "email" varchar(254), "homepage" varchar(200), "status" smallint, "total_votes" INTEGER, "delta_votes" INTEGER, "date_created" datetime, "product_id" bigint, "user_id" INTEGER, "code" varchar(255));
CREATE TABLE "reviews_vote" ("id" INTEGER, "delta" smallint, "date_created" datetime, "review_id" bigint, "user_id" INTEGER);
CREATE TABLE "shipping_orderanditemcharges" ("id" INTEGER, "code" varchar(128), "description" TEXT, "price_per_order" decimal, "price_per_item" decimal, "free_shipping_threshold" decimal, "name" varchar(128));
CREATE TABLE "shipping_orderanditemcharges_countries" ("id" INTEGER, "orderanditemcharges_id" bigint, "country_id" varchar(2));
CREATE TABLE "shipping_weightband" ("id" INTEGER, "charge" decimal, "method_id" bigint, "upper_limit" decimal);
CREATE TABLE "shipping_weightbased" ("id" INTEGER, "code" varchar(128), "description" TEXT, "default_weight" decimal, "name" varchar(128));
CREATE TABLE "shipping_weightbased_countries" ("id" INTEGER, "weightbased_id" bigint, "country_id" varchar(2));
CREATE TABLE "thumbnail_kvstore" ("key" varchar(200), "value" TEXT);
CREATE TABLE "voucher_voucher" ("id" INTEGER, "code" varchar(128), "usage" varchar(128), "start_datetime" datetime, "end_datetime" datetime, "num_basket_additions" integer unsigned, "num_orders" integer unsigned, "total_discount" decimal, "date_created" datetime, "voucher_set_id" bigint, "name" varchar(128));
CREATE TABLE "voucher_voucher_offers" ("id" INTEGER, "voucher_id" bigint, "conditionaloffer_id" bigint);
CREATE TABLE "voucher_voucherapplication" ("id" INTEGER, "order_id" bigint, "user_id" INTEGER, "voucher_id" bigint, "date_created" datetime);
CREATE TABLE "voucher_voucherset" ("id" INTEGER, "name" varchar(100), "count" integer unsigned, "code_length" INTEGER, "description" TEXT, "date_created" datetime, "start_datetime" datetime, "end_datetime" datetime);
CREATE TABLE "wishlists_line" ("id" INTEGER, "quantity" integer unsigned, "title" varchar(255), "product_id" bigint, "wishlist_id" bigint);
CREATE TABLE "wishlists_wishlist" ("id" INTEGER, "name" varchar(255), "key" varchar(6), "visibility" varchar(20), "owner_id" INTEGER, "date_created" datetime);
CREATE TABLE "wishlists_wishlistsharedemail" ("id" INTEGER, "email" varchar(254), "wishlist_id" bigint);
