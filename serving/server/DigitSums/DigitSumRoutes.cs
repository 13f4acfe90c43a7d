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
using MnistAdder.Server.Protocol;

namespace MnistAdder.Server.DigitSums;

/// <summary>The routes of a digit-sum model: a picture and a number in, digit and sum out; one at a time, or many in JSON lines.</summary>
/// <param name="asker">Answers questions.</param>
/// <param name="bodies">What bodies may take together.</param>
/// <param name="maxBody">Most bytes of one, and of one line.</param>
internal sealed class DigitSumRoutes(DigitSumAsker asker, MemoryBudget bodies, long maxBody)
{
    /// <summary>What the model is called in the protocol where nothing else is said.</summary>
    public const string ModelName = "mnist-adder";

    // Enough to fill the runs of many workers, and few enough to hold.
    private const int LinesInHand = 256;

    private const int FlushBytes = 32 << 10;

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
        bool wantsPixels = WantsPixels(context.Request);
        DigitSumAnswer answer;
        if (context.Request.HasFormContentType)
        {
            answer = await asker.Ask(await ReadForm(context), wantsPixels, context.RequestAborted);
        }
        else
        {
            if (context.Request.ContentType is { } type && !context.Request.HasJsonContentType())
                throw new ProtocolException(StatusCodes.Status415UnsupportedMediaType, $"The content type is '{type}'; multipart/form-data and application/json are known.");
            using RequestBody body = await RequestBody.Read(context.Request, bodies, maxBody);
            if (!DigitSumQuestion.TryParse(body.Bytes, out DigitSumQuestion? question, out string? error))
                throw ProtocolException.Bad($"The body can't be used: {error}.");
            answer = await asker.Ask(question, wantsPixels, context.RequestAborted);
        }

        if (answer.Error is not null)
            throw new ProtocolException(StatusCodes.Status422UnprocessableEntity, $"There is no answer: {answer.Error}.");
        await JsonAnswer.Write(context, StatusCodes.Status200OK, answer.Write);
    }

    // Held in memory whole, as other bodies are: nothing of a client's is written to disk.
    private async Task<DigitSumQuestion> ReadForm(HttpContext context)
    {
        if (context.Request.ContentLength > maxBody)
            throw RequestBody.TooLarge(maxBody);
        long length = context.Request.ContentLength ?? maxBody;
        bodies.Take(length);
        try
        {
            var limits = new FormOptions { MemoryBufferThreshold = (int)maxBody, MultipartBodyLengthLimit = maxBody, BufferBodyLengthLimit = maxBody, ValueLengthLimit = 1024, ValueCountLimit = 16 };
            IFormCollection form = await new FormFeature(context.Request, limits).ReadFormAsync(context.RequestAborted);
            if (!long.TryParse(form["number"].ToString().Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number))
                throw ProtocolException.Bad("The field 'number' is missing or no whole number.");
            if (form.Files.GetFile("image") is not { } file)
                throw ProtocolException.Bad("The file 'image' is missing.");
            byte[] encoded = new byte[file.Length];
            await using Stream stream = file.OpenReadStream();
            await stream.ReadExactlyAsync(encoded, context.RequestAborted);
            return new DigitSumQuestion(Serving.DigitImage.FromEncoded(encoded), number);
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException && !context.RequestAborted.IsCancellationRequested && exception is not BadHttpRequestException)
        {
            throw ProtocolException.Bad($"The form can't be read: {exception.Message.TrimEnd('.')}.");
        }
        finally
        {
            bodies.GiveBack(length);
        }
    }

    private async Task PredictLines(HttpContext context)
    {
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
            bool isTooLong = false; // the line in hand, what came of it gone already
            for (bool isLast = false; !isLast;)
            {
                ReadResult read = await source.ReadAsync(stop);
                ReadOnlySequence<byte> buffer = read.Buffer;
                isLast = read.IsCompleted;
                try
                {
                    while (TakeLine(ref buffer, isLast) is { } line)
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

    private static byte[]? TakeLine(ref ReadOnlySequence<byte> buffer, bool isLast)
    {
        if (buffer.PositionOf((byte)'\n') is { } end)
        {
            byte[] line = buffer.Slice(0, end).ToArray();
            buffer = buffer.Slice(buffer.GetPosition(1, end));
            return line;
        }

        if (!isLast || buffer.IsEmpty)
            return null;
        byte[] rest = buffer.ToArray();
        buffer = buffer.Slice(buffer.End);
        return rest;
    }

    private async Task<LineAnswer> Answer(byte[] line, bool wantsPixels, CancellationToken stop)
    {
        if (!DigitSumQuestion.TryParse(line, out DigitSumQuestion? question, out string? error))
            return new LineAnswer(null, DigitSumAnswer.Failed($"the line can't be used: {error}"));
        try
        {
            return new LineAnswer(question.Id, await asker.Ask(question, wantsPixels, stop));
        }
        catch (ProtocolException exception)
        {
            return new LineAnswer(question.Id, DigitSumAnswer.Failed(exception.Message.TrimEnd('.')));
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
