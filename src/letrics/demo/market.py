"""What made-up companies do and use: industries with their typical functions, and technologies by popularity."""

# Industry → the function that is usual in it.
INDUSTRIES: dict[str, str] = {
    "Software Development": "software_vendor", "IT Services and Consulting": "service_provider", "Financial Services": "financial_services",
    "Insurance": "insurer", "Banking": "financial_services", "Management Consulting": "consultancy", "Marketing Services": "agency",
    "Advertising Services": "agency", "Retail": "retailer", "Retail Apparel and Fashion": "retailer", "Food and Beverage Retail": "retailer",
    "Online Marketplaces": "marketplace", "Consumer Electronics": "manufacturer", "Furniture and Home Furnishings": "ecommerce",
    "Sporting Goods": "ecommerce", "Cosmetics": "ecommerce", "Toys and Games": "ecommerce", "Machinery Manufacturing": "manufacturer",
    "Automotive": "manufacturer", "Motor Vehicle Parts": "manufacturer", "Electrical Equipment": "manufacturer", "Medical Devices": "manufacturer",
    "Pharmaceuticals": "manufacturer", "Chemicals": "manufacturer", "Plastics": "manufacturer", "Packaging and Containers": "manufacturer",
    "Textiles": "manufacturer", "Food Production": "manufacturer", "Wine and Spirits": "manufacturer", "Semiconductors": "manufacturer",
    "Industrial Automation": "system_integrator", "Renewable Energy": "energy_provider", "Utilities": "energy_provider", "Oil and Gas": "energy_provider",
    "Construction": "contractor", "Civil Engineering": "contractor", "Architecture and Planning": "service_provider", "Real Estate": "real_estate",
    "Facilities Services": "service_provider", "Transportation and Logistics": "logistics_provider", "Warehousing": "logistics_provider",
    "Mail, Package and Freight Delivery": "logistics_provider", "Airlines and Aviation": "logistics_provider", "Maritime": "logistics_provider",
    "Hospitals and Health Care": "healthcare_provider", "Medical Practices": "healthcare_provider", "Wellness and Fitness": "service_provider",
    "Biotechnology": "research_institute", "Research Services": "research_institute", "Higher Education": "education_provider",
    "E-Learning": "saas", "Professional Training": "education_provider", "Publishing": "media_publisher", "Broadcast Media": "media_publisher",
    "Newspapers": "media_publisher", "Music": "media_publisher", "Events Services": "event_organizer", "Hotels and Motels": "hospitality",
    "Restaurants": "restaurant", "Travel Arrangements": "tourism", "Leisure and Tourism": "tourism", "Farming": "agriculture_producer",
    "Law Practice": "service_provider", "Accounting": "service_provider", "Human Resources Services": "service_provider",
    "Staffing and Recruiting": "service_provider", "Security and Investigations": "service_provider", "Computer and Network Security": "saas",
    "Telecommunications": "service_provider", "Data Infrastructure and Analytics": "saas", "Internet Publishing": "media_publisher",
    "Web Hosting": "hosting_provider", "Computer Games": "software_vendor", "Venture Capital and Private Equity": "investor",
    "Investment Management": "investor", "Non-profit Organizations": "nonprofit", "Industry Associations": "association",
    "Government Administration": "public_authority", "Environmental Services": "service_provider", "Wholesale": "wholesaler",
    "Wholesale Building Materials": "wholesaler", "Wholesale Food and Beverage": "distributor", "Import and Export": "distributor",
    "Design Services": "agency", "Photography": "agency", "Translation and Localization": "service_provider", "Printing Services": "manufacturer",
    "Mining": "manufacturer", "Paper and Forest Products": "manufacturer", "Jewelry and Luxury Goods": "retailer", "Veterinary Services": "healthcare_provider",
}  # fmt: skip

# By popularity: the share of companies falls with the place in the list.
TECHNOLOGIES = (
    "Google Analytics", "Cloudflare", "WordPress", "Google Tag Manager", "Microsoft 365", "jQuery", "Amazon Web Services", "nginx",
    "Google Workspace", "PHP", "Bootstrap", "React", "HubSpot", "Salesforce", "MySQL", "Facebook Pixel", "Apache", "Mailchimp",
    "Google Fonts", "LinkedIn Insight Tag", "Yoast SEO", "Hotjar", "Microsoft Azure", "Stripe", "Slack", "Zoom", "Zendesk", "Node.js",
    "PostgreSQL", "Elementor", "Vue.js", "Google Cloud", "Docker", "Typekit", "OneTrust", "Cookiebot", "reCAPTCHA", "Atlassian Jira",
    "SendGrid", "PayPal", "WPML", "Intercom", "TYPO3", "Drupal", "Next.js", "Angular", "Contentful", "Kubernetes", "SAP S/4HANA", "Marketo",
    "Pardot", "Adobe Analytics", "Tableau", "Power BI", "Snowflake", "Okta", "Auth0", "Datadog", "Sentry", "New Relic", "Fastly", "Akamai",
    "Vercel", "Netlify", "GitHub", "GitLab", "Bitbucket", "Jenkins", "Terraform", "Redis", "MongoDB", "Elasticsearch", "RabbitMQ", "Kafka",
    "Segment", "Mixpanel", "Amplitude", "Optimizely", "VWO", "Crazy Egg", "FullStory", "Matomo", "Plausible", "Piwik PRO", "Freshdesk",
    "Drift", "LiveChat", "Tawk.to", "Crisp", "Calendly", "Typeform", "SurveyMonkey", "DocuSign", "Dropbox", "Box", "Asana", "Monday.com",
    "Notion", "Confluence", "Miro", "Figma", "Canva", "Adobe Experience Manager", "Sitecore", "Webflow", "Wix", "Squarespace", "Ghost", "Joomla",
    "Craft CMS", "Umbraco", "Storyblok", "Strapi", "Sanity", "Gatsby", "Nuxt", "Svelte", "Ruby on Rails", "Django", "Laravel", "Symfony",
    "Spring", "ASP.NET", "Java", "Python", "Go", "Rust", "TypeScript", "Tailwind CSS", "Workday", "BambooHR", "Personio", "Greenhouse", "Lever",
    "Workable", "SAP SuccessFactors", "Oracle NetSuite", "Microsoft Dynamics 365", "Odoo", "Xero", "QuickBooks", "DATEV", "Sage", "Chargebee",
    "Recurly", "Zuora", "Twilio", "MessageBird", "Klaviyo", "Brevo", "ActiveCampaign", "Campaign Monitor", "Pipedrive", "Zoho CRM", "Close",
    "Outreach", "Salesloft", "Gong", "ZoomInfo", "Criteo", "Taboola", "Outbrain", "Bing Ads", "Google Ads", "TikTok Pixel", "Pinterest Tag",
    "Trustpilot", "Yotpo", "Bazaarvoice", "Algolia", "Coveo", "Mapbox", "Google Maps", "OpenStreetMap", "Leaflet", "Vimeo", "Wistia", "Brightcove",
)  # fmt: skip
SHOP_TECHNOLOGIES = (
    "Shopify", "WooCommerce", "Magento", "Shopware", "PrestaShop", "BigCommerce", "Salesforce Commerce Cloud", "Klarna", "Adyen", "Mollie",
    "Stripe", "PayPal", "Klaviyo", "Trustpilot", "Shopify Plus", "Apple Pay",
)  # fmt: skip
SHOPS = frozenset({"retailer", "ecommerce", "marketplace", "wholesaler", "distributor"})
KEYWORDS = (
    "b2b", "cloud", "automation", "sustainability", "family business", "made to order", "e-commerce", "consulting", "export", "subscription",
    "mobile", "open source", "industry 4.0", "digital transformation", "quality", "innovation", "24/7 service", "fair trade", "organic", "wholesale",
    "custom manufacturing", "data protection", "artificial intelligence", "logistics", "maintenance", "training", "outsourcing", "certified",
)  # fmt: skip
