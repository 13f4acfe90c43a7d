using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Primitives;
using MnistAdder.Server.Protocol;

namespace MnistAdder.Server.Http;

/// <summary>
/// Turns whatever keeps a request from its answer into one: the protocol's <c>{"error": …}</c> on its routes, problem details (RFC 9457) elsewhere.
/// </summary>
/// <param name="next">What answers requests.</param>
/// <param name="log">Receives errors that are the server's own.</param>
internal sealed partial class ErrorAnswers(RequestDelegate next, ILogger<ErrorAnswers> log)
{
    private const string RetryAfterSeconds = "1";

    /// <summary>Answers a request.</summary>
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
            if (context.Response is { HasStarted: false, StatusCode: >= 400, ContentLength: null, ContentType: null })
                await Write(context, context.Response.StatusCode, $"{ReasonPhrases.GetReasonPhrase(context.Response.StatusCode)}: {context.Request.Method} {context.Request.Path}");
        }
        catch (ProtocolException exception)
        {
            await Write(context, exception.Status, exception.Message);
        }
        catch (BadHttpRequestException exception)
        {
            await Write(context, exception.StatusCode, exception.Message);
        }
        catch (Exception exception) when (context.RequestAborted.IsCancellationRequested && exception is OperationCanceledException or IOException)
        {
            // Nobody is left to be answered.
        }
        catch (IOException exception)
        {
            // Nothing but requests is read here.
            await Write(context, StatusCodes.Status400BadRequest, $"The request can't be read: {exception.Message}");
        }
#pragma warning disable CA1031 // The client learns that it is the server's error, the operator which one.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Failed(log, exception, context.Request.Method, context.Request.Path);
            await Write(context, StatusCodes.Status500InternalServerError, "The server made an error, which its log has.");
        }
    }

    private static Task Write(HttpContext context, int status, string message)
    {
        if (context.Response.HasStarted)
        {
            // Half an answer must not look like a whole one.
            context.Abort();
            return Task.CompletedTask;
        }

        // Of a method that a route doesn't have.
        StringValues allowed = context.Response.Headers.Allow;
        context.Response.Clear();
        context.Response.Headers.Allow = allowed;
        SecurityHeaders.Set(context);
        if (status == StatusCodes.Status503ServiceUnavailable)
            context.Response.Headers.RetryAfter = RetryAfterSeconds;
        if (context.Request.Path.StartsWithSegments("/v2"))
            return JsonAnswer.Write(context, status, json => json.WriteString("error", message));
        return JsonAnswer.Write(
            context,
            status,
            json =>
            {
                json.WriteString("title", ReasonPhrases.GetReasonPhrase(status));
                json.WriteNumber("status", status);
                json.WriteString("detail", message);
            },
            "application/problem+json");
    }

    [LoggerMessage(10, LogLevel.Error, "{Method} {Path} failed")]
    private static partial void Failed(ILogger log, Exception exception, string method, PathString path);
}
