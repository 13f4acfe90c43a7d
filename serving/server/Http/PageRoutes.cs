using System.IO.Hashing;
using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MnistAdder.Server.Http;

/// <summary>The page on which a digit is drawn, from files inside this library.</summary>
internal static class PageRoutes
{
    private const string Folder = "page/";

    private static readonly string[] s_reading = [HttpMethods.Get, HttpMethods.Head];

    // What the page about the routes needs as well.
    private static readonly string[] s_common = ["openapi.json", "icon.svg"];

    /// <summary>Maps every file of the page, and the page itself to the root.</summary>
    /// <param name="routes">Where to.</param>
    /// <param name="canDraw">Whether there is a model that reads what is drawn.</param>
    public static void Map(IEndpointRouteBuilder routes, bool canDraw)
    {
        Assembly assembly = typeof(PageRoutes).Assembly;
        IEnumerable<string> resources = assembly.GetManifestResourceNames().Where(name => name.StartsWith(Folder, StringComparison.Ordinal));
        foreach (string resource in resources.Where(name => canDraw || s_common.Contains(name[Folder.Length..])))
        {
            using Stream stream = assembly.GetManifestResourceStream(resource)!;
            byte[] content = new byte[stream.Length];
            stream.ReadExactly(content);
            string name = resource[Folder.Length..], tag = $"\"{Convert.ToHexString(XxHash3.Hash(content))}\"", type = TypeOf(name);
            routes.MapMethods(name == "index.html" ? "/" : $"/{name}", s_reading, context => Write(context, content, type, tag));
        }
    }

    private static Task Write(HttpContext context, byte[] content, string type, string tag)
    {
        HttpResponse answer = context.Response;
        answer.Headers.ContentSecurityPolicy = SecurityHeaders.PagePolicy;
        answer.Headers.CacheControl = "no-cache";
        answer.Headers.ETag = tag;
        if (context.Request.Headers.IfNoneMatch == tag)
        {
            answer.StatusCode = StatusCodes.Status304NotModified;
            return Task.CompletedTask;
        }

        answer.ContentType = type;
        answer.ContentLength = content.Length;
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : answer.Body.WriteAsync(content, context.RequestAborted).AsTask();
    }

    private static string TypeOf(string name) => Path.GetExtension(name) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".svg" => "image/svg+xml",
        ".json" => "application/json",
        ".png" => "image/png",
        _ => throw new InvalidOperationException($"The page has the file '{name}', for which no media type is known."),
    };
}
