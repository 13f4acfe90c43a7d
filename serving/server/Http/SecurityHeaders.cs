using Microsoft.AspNetCore.Http;

namespace MnistAdder.Server.Http;

/// <summary>Headers that keep a browser from doing with answers what they aren't for.</summary>
internal static class SecurityHeaders
{
    /// <summary>What the page may load: its own files and pictures that it made itself.</summary>
    public const string PagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    /// <summary>Where the routes are described; that page brings scripts and styles of its own, inside itself.</summary>
    public const string Docs = "/docs";

    private const string DocsPolicy = "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'";
    private const string Nothing = "default-src 'none'; frame-ancestors 'none'";

    /// <summary>Sets them.</summary>
    public static void Set(HttpContext context)
    {
        IHeaderDictionary headers = context.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers.ContentSecurityPolicy = context.Request.Path.StartsWithSegments(Docs) ? DocsPolicy : Nothing;
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
    }
}
