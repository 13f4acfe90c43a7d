using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using MnistAdder.Server.Http;
using MnistAdder.Server.Models;
using MnistAdder.Server.Protocol;

namespace MnistAdder.Server.DigitSums;

/// <summary>The routes of a digit-sum model: a picture and a number in, digit and sum out; one at a time, or many in JSON lines.</summary>
/// <param name="models">Says whether requests are welcome.</param>
/// <param name="asker">Answers questions.</param>
/// <param name="bodies">What bodies may take together.</param>
/// <param name="maxBody">Most bytes of one, and of one line.</param>
internal sealed class DigitSumRoutes(ModelRegistry models, DigitSumAsker asker, MemoryBudget bodies, long maxBody)
{
    /// <summary>What the model is called in the protocol where nothing else is said.</summary>
    public const string ModelName = "mnist-adder";

    // Enough to fill the runs of many workers, and few enough to hold.
    private const int LinesInHand = 256;

    private const int FlushBytes = 32 << 10;
    private const int FullPauseMilliseconds = 20;
    private const int MostTries = 500;

    private const string Lines = "application/x-ndjson";

    /// <summary>Maps them.</summary>
    /// <param name="routes">Where to.</param>
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/predict", Predict);
        routes.MapPost("/v1/predict/batch", PredictLines);
    }

    private async Task Predict(HttpContext context)
    {
        models.RequireReady();
        bool isForm = context.Request.HasFormContentType;
        if (!isForm && context.Request.ContentType is { } type && !context.Request.HasJsonContentType())
            throw new ProtocolException(StatusCodes.Status415UnsupportedMediaType, $"The content type is '{type}'; multipart/form-data and application/json are known.");
        using RequestBody body = await RequestBody.Read(context.Request, bodies, maxBody);
        DigitSumQuestion question = isForm ? await ReadForm(context.Request, body) : ReadJson(body);
        DigitSumAnswer answer = await asker.Ask(question, WantsPixels(context.Request), context.RequestAborted);
        if (answer.Error is not null)
            throw new ProtocolException(StatusCodes.Status422UnprocessableEntity, $"There is no answer: {answer.Error}.");
        await JsonAnswer.Write(context, StatusCodes.Status200OK, answer.Write);
    }

    private static DigitSumQuestion ReadJson(RequestBody body) => DigitSumQuestion.TryParse(body.Bytes, out DigitSumQuestion? question, out string? error)
        ? question
        : throw ProtocolException.Bad($"The body can't be used: {error}.");

    // From the body in memory: nothing of a client's is written to disk.
    private async Task<DigitSumQuestion> ReadForm(HttpRequest request, RequestBody body)
    {
        using MemoryStream stream = body.ToStream();
        request.Body = stream;
        try
        {
            var limits = new FormOptions { MemoryBufferThreshold = (int)maxBody, MultipartBodyLengthLimit = maxBody, ValueLengthLimit = 1024, ValueCountLimit = 16 };
            IFormCollection form = await new FormFeature(request, limits).ReadFormAsync(request.HttpContext.RequestAborted);
            if (!long.TryParse(form["number"].ToString().Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number))
                throw ProtocolException.Bad("The field 'number' is missing or no whole number.");
            if (form.Files.GetFile("image") is not { } file)
                throw ProtocolException.Bad("The file 'image' is missing.");
            byte[] encoded = new byte[file.Length];
            await using Stream content = file.OpenReadStream();
            await content.ReadExactlyAsync(encoded, request.HttpContext.RequestAborted);
            return new DigitSumQuestion(Serving.DigitImage.FromEncoded(encoded), number);
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException)
        {
            throw ProtocolException.Bad($"The form can't be read: {exception.Message.TrimEnd('.')}.");
        }
    }

    private async Task PredictLines(HttpContext context)
    {
        models.RequireReady();
        if (context.Request.Headers.ContentEncoding.Count > 0)
            throw new ProtocolException(StatusCodes.Status415UnsupportedMediaType, "Lines come as they are: no content encoding is known here.");
        bool wantsPixels = WantsPixels(context.Request);
        context.Response.ContentType = Lines;

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        var answers = Channel.CreateBounded<Task<LineAnswer>>(new BoundedChannelOptions(LinesInHand) { SingleReader = true, SingleWriter = true });
        Task reading = ReadLines(context.Request.BodyReader, answers.Writer, wantsPixels, stop.Token);
        try
        {
            await WriteAnswers(answers.Reader, context.Response.BodyWriter, stop.Token);
        }
        catch when (context.Response.BodyWriter.UnflushedBytes > 0)
        {
            // What there is reaches the client, who sees that it isn't all.
            await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
            throw;
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAny(reading);
        }

        await reading;
    }

    private async Task ReadLines(PipeReader source, ChannelWriter<Task<LineAnswer>> answers, bool wantsPixels, CancellationToken stop)
    {
        try
        {
            var inHand = new BytesInHand(maxBody);
            long searched = 0; // of the line in hand
            bool isTooLong = false; // the line in hand, what came of it gone already
            for (bool isLast = false; !isLast;)
            {
                ReadResult read = await source.ReadAsync(stop);
                ReadOnlySequence<byte> buffer = read.Buffer;
                isLast = read.IsCompleted;
                try
                {
                    while (TakeLine(ref buffer, ref searched, isLast) is { } line)
                    {
                        if (isTooLong || line.Length > maxBody)
                            await answers.WriteAsync(Task.FromResult(TooLong()), stop);
                        // An empty line is none, as at the end of a file.
                        else if (line.AsSpan().Trim(" \t\r"u8).Length > 0)
                            await answers.WriteAsync(await Begin(line, inHand, wantsPixels, stop), stop);
                        isTooLong = false;
                    }

                    if (buffer.Length > maxBody)
                    {
                        isTooLong = true;
                        buffer = buffer.Slice(buffer.End);
                        searched = 0;
                    }
                }
                finally
                {
                    source.AdvanceTo(buffer.Start, buffer.End);
                }
            }

            if (isTooLong)
                await answers.WriteAsync(Task.FromResult(TooLong()), stop);
            answers.Complete();
        }
        catch (Exception exception)
        {
            answers.Complete(exception);
            throw;
        }
    }

    private async Task<Task<LineAnswer>> Begin(byte[] line, BytesInHand inHand, bool wantsPixels, CancellationToken stop)
    {
        await inHand.Take(line.Length, stop);
        return Task.Run(
            async () =>
            {
                LineAnswer answer = await Answer(line, wantsPixels, stop);
                inHand.GiveBack(line.Length);
                return answer;
            },
            stop);
    }

    private LineAnswer TooLong() => new(null, DigitSumAnswer.Failed($"the line has more than {maxBody} bytes, the most that it may"));

    private static byte[]? TakeLine(ref ReadOnlySequence<byte> buffer, ref long searched, bool isLast)
    {
        SequencePosition? end = buffer.Slice(searched).PositionOf((byte)'\n');
        if (end is null && (!isLast || buffer.IsEmpty))
        {
            searched = buffer.Length;
            return null;
        }

        searched = 0;
        byte[] line = buffer.Slice(0, end ?? buffer.End).ToArray();
        buffer = buffer.Slice(end is { } found ? buffer.GetPosition(1, found) : buffer.End);
        return line;
    }

    private async Task<LineAnswer> Answer(byte[] line, bool wantsPixels, CancellationToken stop)
    {
        if (!DigitSumQuestion.TryParse(line, out DigitSumQuestion? question, out string? error))
            return new LineAnswer(null, DigitSumAnswer.Failed($"the line can't be used: {error}"));
        for (int tries = 1; ; tries++)
        {
            try
            {
                return new LineAnswer(question.Id, await asker.Ask(question, wantsPixels, stop));
            }
            catch (ProtocolException exception) when (exception.Status == StatusCodes.Status503ServiceUnavailable && tries < MostTries && models.IsReady)
            {
                // Who sends lines waits for room, as the next line does.
                await Task.Delay(FullPauseMilliseconds, stop);
            }
            catch (ProtocolException exception)
            {
                return new LineAnswer(question.Id, DigitSumAnswer.Failed(exception.Message.TrimEnd('.')));
            }
        }
    }

    // In the order of the lines; what is there reaches the client before the next answer is waited for.
    private static async Task WriteAnswers(ChannelReader<Task<LineAnswer>> answers, PipeWriter target, CancellationToken stop)
    {
        while (true)
        {
            bool isThere = answers.TryRead(out Task<LineAnswer>? pending);
            if (!(isThere && pending!.IsCompleted) && target.UnflushedBytes > 0)
                await target.FlushAsync(stop);
            if (!isThere)
            {
                if (await answers.WaitToReadAsync(stop))
                    continue;
                return;
            }

            LineAnswer line = await pending!;
            using (var json = new Utf8JsonWriter(target, JsonAnswer.Options))
            {
                json.WriteStartObject();
                if (line.Id is { } id)
                {
                    json.WritePropertyName("id");
                    json.WriteRawValue(id, skipInputValidation: true);
                }

                line.Answer.Write(json);
                json.WriteEndObject();
            }

            target.Write("\n"u8);
            if (target.UnflushedBytes > FlushBytes)
                await target.FlushAsync(stop);
        }
    }

    private static bool WantsPixels(HttpRequest request) => request.Query["pixels"].ToString() is "true" or "1";

    // Lines of one client that are being answered: reading waits where they are as large as a body may be.
    private sealed class BytesInHand(long limit)
    {
        private const int PauseMilliseconds = 2;

        private long _bytes;

        public async Task Take(int bytes, CancellationToken stop)
        {
            while (Interlocked.Read(ref _bytes) is > 0 and var taken && taken + bytes > limit)
                await Task.Delay(PauseMilliseconds, stop);
            Interlocked.Add(ref _bytes, bytes);
        }

        public void GiveBack(int bytes) => Interlocked.Add(ref _bytes, -bytes);
    }

    private sealed record LineAnswer(string? Id, DigitSumAnswer Answer);
}
